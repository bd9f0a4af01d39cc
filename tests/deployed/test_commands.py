"""External commands end within their limit, with all that they started."""

import os
import sys
from pathlib import Path

import pytest

from local.deployment.commands import Commands
from local.deployment.errors import StepFailedError
from tests.local.waiting import until

LEAVES_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(float(sys.argv[1]))
"""


def commands(folder: Path) -> Commands:
    return Commands(cwd=folder, logs=folder / "logs", environment={})


def test_a_command_over_its_limit_ends_with_all_that_it_started(tmp_path: Path) -> None:
    with pytest.raises(StepFailedError, match="had not finished after 1 s"):
        commands(tmp_path).run(sys.executable, "-c", LEAVES_A_CHILD, "600", seconds=1)

    (log,) = (tmp_path / "logs").iterdir()
    until(lambda: has_ended(int(log.read_text())))


def test_a_command_that_ends_by_itself_leaves_nobody_behind(tmp_path: Path) -> None:
    finished = commands(tmp_path).run(sys.executable, "-c", LEAVES_A_CHILD, "0", seconds=60)

    assert finished.status == 0
    until(lambda: has_ended(int(finished.output)))


def test_a_command_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(StepFailedError, match=r"ended with status 3\. Its last lines:\nno such stack"):
        commands(tmp_path).succeed(sys.executable, "-c", "print('no such stack'); raise SystemExit(3)", seconds=60)


def has_ended(pid: int) -> bool:
    """Also if nobody has asked for its status yet, as where no init process does."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"
