"""What the deployment needs before it begins, and the environment in which the CDK must run."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.layers import BUILT_HERE, PROJECT
from local.deployment.commands import Commands
from local.environment import aws_settings
from local.errors import CannotStartError

CDK = PROJECT / "node_modules" / ".bin" / "cdk"
JSII_CACHE = PROJECT / "build" / "jsii"
"""Kept between runs, unlike the HOME they run in: unpacking the CDK's 200 MB anew would take ten seconds of each."""

INSTALL_SECONDS = 300


def check_node() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise CannotStartError("Deploying needs Node 22 or newer with npm, and there is none on the PATH.")


def prepare(logs: Path) -> str:
    """Installs the pinned CDK command line and builds the layers for this machine; both take nothing when done."""
    install_packages(PROJECT, logs)
    _desk(PROJECT, logs).succeed(sys.executable, "-m", "infra.layers", "here", seconds=INSTALL_SECONDS)
    return f"layers in {BUILT_HERE.relative_to(PROJECT)}"


def install_packages(folder: Path, logs: Path) -> None:
    """Of Node, as the lock file of `folder` says, unless they are there; no script of theirs is run."""
    installed = folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        _desk(folder, logs).succeed("npm", "ci", "--ignore-scripts", seconds=INSTALL_SECONDS)


def _desk(folder: Path, logs: Path) -> Commands:
    """As at the desk: npm and pip may need a proxy or a mirror that only its own settings name."""
    return Commands(cwd=folder, logs=logs, environment=os.environ)  # noqa: TID251 - passed on, not read


def deploying_environment(endpoint: str, scratch: Path) -> Mapping[str, str]:
    """No variable of the desk's but PATH: its credentials, profile and region cannot steer a command.

    HOME is fresh, for the CDK remembers the account of an access key there.
    """
    home, temporary = scratch / "home", scratch / "tmp"
    for folder in (home, temporary, JSII_CACHE):
        folder.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("PATH", os.defpath)  # noqa: TID251 - where node and python are
    return aws_settings(endpoint) | {
        # cdk.json calls `python app.py`, which must be the one that runs us.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), path]),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(JSII_CACHE),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    }
