"""The published client for Node, with the libraries that it wraps: installed as its lock file says, and run."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.deployment.commands import Commands
from local.deployment.tools import install_packages

SCRIPTS = Path(__file__).parent / "node"

NO_NODE = "no `node` with `npm` on PATH: NOTHING in tests/journeys/test_node_client.py was checked"
RUN_SECONDS = 60


def is_there() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


class NodeClient:
    """Runs scripts of `node/`, each with `environment` and nothing else of ours; `logs` takes what they write."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        install_packages(SCRIPTS, logs)
        path = os.environ.get("PATH", os.defpath)  # noqa: TID251 - where node is
        self._commands = Commands(cwd=SCRIPTS, logs=logs, environment={"PATH": path, **environment})

    def run(self, script: str, *arguments: str) -> Any:
        """What it tells in its last line."""
        output = self._commands.succeed("node", script, *arguments, seconds=RUN_SECONDS)
        (told,) = (line for line in output.splitlines() if line.startswith("{"))
        return json.loads(told)
