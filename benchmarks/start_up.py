"""What a cold start costs: instructions, counted by valgrind, and modules. Neither depends on the machine."""

import os
import re
import shutil
import subprocess
import sys

from benchmarks.budget import Budget
from infra.resources import FUNCTIONS, ROUTES, Function

RESOURCES = {route.function for route in ROUTES}
MOST_MODULES = 300
FORBIDDEN = ("aws_xray_sdk", "boto3.resources", "PIL", "fontTools", "babel")

FLOOR = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
MODULES = "import {module}, sys; print('\\n'.join(sys.modules))"


def budgets() -> list[Budget]:
    resources = [function for function in FUNCTIONS if function.name in RESOURCES]
    loaded = {function.name: modules(function) for function in resources}
    most = max(loaded, key=lambda name: len(loaded[name]))
    forbidden = sorted({m for names in loaded.values() for m in names if m.startswith(FORBIDDEN)})
    counted = [
        Budget(f"modules after init (most: {most})", MOST_MODULES, len(loaded[most])),
        Budget("forbidden modules after init", 0, len(forbidden), " ".join(forbidden)),
    ]
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: the instructions of a cold start are not counted", file=sys.stderr)
        return counted
    heaviest = next(function for function in resources if function.name == most)
    ratio = _instructions(f"import {_module(heaviest)}") / _instructions(FLOOR)
    return [Budget(f"init of {most}, in boto3 with one client", 1.25, ratio), *counted]


def modules(function: Function) -> list[str]:
    return _python(MODULES.format(module=_module(function))).split()


def _module(function: Function) -> str:
    return function.handler.rpartition(".")[0]


def _instructions(code: str) -> int:
    _python(code)  # compiled files are written before anything is counted
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", run.stderr)
    if found is None:
        raise RuntimeError(f"valgrind printed no count: {run.stderr[-500:]}")
    return int(found.group(1))


def _python(code: str) -> str:
    """Writes compiled files, whatever the shell says, so that each run counts the same."""
    writing = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # noqa: TID251
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=writing).stdout
