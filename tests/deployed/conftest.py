"""One deployment for all of these tests: it takes a minute or more, and what it saw is read many times."""

import json
import os
import shutil
import sys

import pytest

from infra.layers import PROJECT
from local.deployment.commands import Commands
from local.deployment.story import Findings

NO_NODE = "no `node` on PATH: the CDK cannot deploy, so NOTHING in tests/deployed/test_deployment.py was checked"
LIMIT_SECONDS = 900
"""Above the limits that its steps have of their own, on a machine that does much else."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_NODE in str(report.longrepr) for report in skipped):
        terminalreporter.section("deployed tests skipped", red=True, bold=True)
        terminalreporter.line(NO_NODE)


@pytest.fixture(scope="session")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Of `make deploy-local`; where that fails, each test fails with the lines that it told."""
    if shutil.which("node") is None:
        pytest.skip(NO_NODE)
    folder = tmp_path_factory.mktemp("deployed")
    found = folder / "findings.json"
    desk = Commands(cwd=PROJECT, logs=folder, environment=os.environ)  # noqa: TID251 - passed on, not read
    desk.succeed(sys.executable, "-m", "local.deployment", "--findings", str(found), seconds=LIMIT_SECONDS)
    return Findings(**json.loads(found.read_text()))
