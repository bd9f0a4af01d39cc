"""Builds the Lambda layers: `python -m infra.layers` installs the pinned wheels for arm64 CPython 3.13.

pip alone can do that on any machine, so neither Docker nor an arm64 host is needed. What functions never load is
left out: a resource function's code and wheels, with their bytecode, together stay below 40 MB (design: budgets).

`python -m infra.layers here` builds them for this machine instead, into a folder of their own: ministack runs
functions on the interpreter it runs on itself (`cdk deploy -c stage=local -c layers=build/layers-here`).
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from infra import bytecode

PROJECT = Path(__file__).parent.parent
BUILT = PROJECT / "build" / "layers"
BUILT_HERE = PROJECT / "build" / "layers-here"
LAYERS = ("runtime", "telemetry", "typst")
"""The first is beside each of the others wherever they are used: what it has, they need not have."""


class Target(NamedTuple):
    """What pip is told of the machine that the wheels are for, and its Python."""

    pip: tuple[str, ...]
    python: bytecode.Version


LAMBDA = Target(
    (
        "--platform=manylinux2014_aarch64",
        "--platform=manylinux_2_28_aarch64",  # Lambda's Amazon Linux 2023 has glibc 2.34
        "--python-version={}.{}".format(*bytecode.LAMBDA),
        "--implementation=cp",
    ),
    bytecode.LAMBDA,
)
HERE = Target((), bytecode.HERE)

AWS_SERVICES = frozenset({"dynamodb", "lambda", "s3", "sqs"})
"""boto3 is pinned in the layer although Lambda brings one: AWS moves that one at any time, and a billing run must
not meet a client its tests never saw. The descriptions of all other services are nine tenths of botocore; without
them the pin costs a few megabytes. `boto3/data` describes resources, which we do not use."""

UNUSED = (
    "**/__pycache__",
    "**/tests",
    "*.dist-info",  # nothing here looks up entry points or versions by them, but for those of LOOKED_UP
    "bin",
    "boto3/data",
    "boto3/examples",
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/data_classes",
    "aws_lambda_powertools/utilities/parser",
    "pydantic/v1",
)

LOOKED_UP = ("genai_prices-*.dist-info", "httpcore2-*.dist-info", "httpx2-*.dist-info")
"""Each asks for its own version when it is imported, and the first imports the others. So do we ask for that of the
first: each cost says by which list it was priced."""


def main(arguments: Sequence[str]) -> None:
    target, into = (HERE, BUILT_HERE) if "here" in arguments else (LAMBDA, BUILT)
    for name in LAYERS:
        lock = PROJECT / "requirements" / f"layer-{name}.txt"
        sys.stdout.write(f"{build(name, lock=lock, into=into, target=target)}\n")
    if bytecode.interpreter(target.python) is None:
        sys.stdout.write(f"{bytecode.MISSING.format(*target.python)}\n")


def build(name: str, *, lock: Path, into: Path, target: Target = LAMBDA) -> str:
    """Returns what to tell; does nothing when neither the lock nor what builds it has changed since."""
    folder = into / name
    stamp = into / f"{name}.stamp"
    first = lock.with_name(f"layer-{LAYERS[0]}.txt")
    wanted = fingerprint(lock, first, python=target.python)
    if folder.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return f"layer {name}: unchanged, {_megabytes(folder)}"
    fresh = into / f"{name}.new"
    _remove(fresh)
    _install(lock, fresh / "python", pip_target=target.pip)
    for path in unused(fresh / "python"):
        _remove(path)
    if lock != first:
        for path in (into / LAYERS[0] / "python").glob("*"):
            _remove(fresh / "python" / path.name)
    bytecode.compile_beside(fresh / "python", target.python)
    _remove(folder)
    fresh.rename(folder)
    stamp.write_text(wanted)
    return f"layer {name}: built, {_megabytes(folder)}"


def fingerprint(*locks: Path, python: bytecode.Version = bytecode.LAMBDA) -> str:
    """Of the pinned wheels, of how they are treated, of the Python that asked, and of whether there is bytecode."""
    pins = b"".join(lock.read_bytes() for lock in dict.fromkeys(locks))
    treatment = Path(__file__).read_bytes() + Path(bytecode.__file__).read_bytes()
    compiled = bytecode.interpreter(python) is not None
    return sha256(pins + treatment + f"{sys.version} {compiled}".encode()).hexdigest()


def unused(target: Path) -> Iterator[Path]:
    kept = {path for pattern in LOOKED_UP for path in target.glob(pattern)}
    for pattern in UNUSED:
        yield from [path for path in target.glob(pattern) if path not in kept]
    services = target / "botocore" / "data"
    yield from (path for path in services.glob("*/") if path.name not in AWS_SERVICES)


def _install(lock: Path, target: Path, *, pip_target: tuple[str, ...]) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    wheels = ["--only-binary=:all:", "--require-hashes", f"--requirement={lock}", f"--target={target}"]
    subprocess.run([*pip, *pip_target, *wheels], check=True)  # noqa: S603 - every part is ours


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _megabytes(folder: Path) -> str:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1_000_000:.1f} MB"


if __name__ == "__main__":
    main(sys.argv[1:])
