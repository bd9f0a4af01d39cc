"""Builds the Lambda layers: `python -m infra.layers` installs the pinned wheels for arm64 CPython 3.13.

pip alone can do that on any machine, so neither Docker nor an arm64 host is needed. What functions never load is
left out: a resource function's code and wheels together stay below 40 MB (design: budgets).
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

PROJECT = Path(__file__).parent.parent
BUILT = PROJECT / "build" / "layers"
LAYERS = ("runtime", "typst")

PIP_TARGET = (
    "--platform=manylinux2014_aarch64",
    "--platform=manylinux_2_28_aarch64",  # Lambda's Amazon Linux 2023 has glibc 2.34
    "--only-binary=:all:",
    "--python-version=3.13",
    "--implementation=cp",
)

AWS_SERVICES = frozenset({"dynamodb", "lambda", "s3", "sqs"})
"""boto3 is pinned in the layer although Lambda brings one: AWS moves that one at any time, and a billing run must
not meet a client its tests never saw. The descriptions of all other services are nine tenths of botocore; without
them the pin costs a few megabytes. `boto3/data` describes resources, which we do not use."""

UNUSED = (
    "**/__pycache__",
    "**/tests",
    "*.dist-info",  # nothing here looks up entry points or versions by them
    "bin",
    "boto3/data",
    "boto3/examples",
)


def main() -> None:
    for name in LAYERS:
        lock = PROJECT / "requirements" / f"layer-{name}.txt"
        sys.stdout.write(f"{build(name, lock=lock, into=BUILT)}\n")


def build(name: str, *, lock: Path, into: Path) -> str:
    """Returns what to tell; does nothing when neither the lock nor this file has changed since."""
    folder = into / name
    stamp = into / f"{name}.stamp"
    wanted = sha256(lock.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if folder.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return f"layer {name}: unchanged, {_megabytes(folder)}"
    fresh = into / f"{name}.new"
    _remove(fresh)
    _install(lock, fresh / "python")
    for path in _unused(fresh / "python"):
        _remove(path)
    _remove(folder)
    fresh.rename(folder)
    stamp.write_text(wanted)
    return f"layer {name}: built, {_megabytes(folder)}"


def _install(lock: Path, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command = [*pip, *PIP_TARGET, "--require-hashes", f"--requirement={lock}", f"--target={target}"]
    subprocess.run(command, check=True)  # noqa: S603 - every part is ours


def _unused(target: Path) -> Iterator[Path]:
    for pattern in UNUSED:
        yield from list(target.glob(pattern))
    services = target / "botocore" / "data"
    yield from (path for path in services.glob("*/") if path.name not in AWS_SERVICES)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _megabytes(folder: Path) -> str:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1_000_000:.1f} MB"


if __name__ == "__main__":
    main()
