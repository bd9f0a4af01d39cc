"""Bytecode beside the code that Lambda loads: `compile_beside` writes it.

Lambda cannot write any where it unpacks code: without it each cold start compiles anew all that it loads, which takes
as long as the rest of it. It is of the kind that is not dated by its source (PEP 552), as Lambda's files all have one
date. So it belongs beside copies only, where no source changes.
"""

import shutil
import subprocess
import sys
from pathlib import Path

Version = tuple[int, int]

LAMBDA: Version = (3, 13)
HERE: Version = sys.version_info[:2]

MISSING = "no bytecode: no python{}.{} is here to write it, so each cold start takes twice as long"


def interpreter(version: Version) -> str | None:
    """The path of one of that version, as only it can write bytecode for itself; None where there is none."""
    if version == HERE:
        return sys.executable
    found = shutil.which("python{}.{}".format(*version))
    if found is None:
        return None
    asked = [found, "-c", "import sys; print(sys.executable, *sys.version_info[:2])"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - found by its own name
    path, *said = answer.stdout.split() or [""]
    return path if said == [str(number) for number in version] else None  # pyenv has names that run nothing


def compile_beside(folder: Path, version: Version) -> bool:
    """False where no interpreter of that version is here. The same code gets the same bytecode, to the byte."""
    python = interpreter(version)
    if python is None:
        return False
    compileall = [python, "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash", "-s", str(folder)]
    subprocess.run([*compileall, str(folder)], check=True, env={"PYTHONHASHSEED": "0"})  # noqa: S603 - all of it is ours
    return True
