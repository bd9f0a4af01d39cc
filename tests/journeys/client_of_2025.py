"""The published client of 2025, `paid-python` 0.3.6: installed apart from that of today, sharing its dependencies."""

import os
import sys
from pathlib import Path

from infra.layers import PROJECT
from local.deployment.commands import Commands

PINNED = PROJECT / "requirements" / "paid-python-0.3.6.txt"
FOLDER = PROJECT / "build" / "paid-python-0.3.6"
INSTALL_SECONDS = 300


def installed(logs: Path) -> Path:
    """Where it lies, to be the first on the path of a process of its own."""
    marker = FOLDER / ".installed"
    if not marker.exists() or marker.stat().st_mtime < PINNED.stat().st_mtime:
        # As at the desk: pip may need a proxy or a mirror that only its own settings name.
        desk = Commands(cwd=PROJECT, logs=logs, environment=os.environ)  # noqa: TID251 - passed on, not read
        options = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes", "--upgrade")
        command = (sys.executable, "-m", "pip", "install", *options, "--target", str(FOLDER), "-r", str(PINNED))
        desk.succeed(*command, seconds=INSTALL_SECONDS)
        marker.touch()
    return FOLDER
