"""The size of what Lambda unpacks, with its bytecode."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.budget import Budget
from infra import bytecode

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000


def budgets() -> list[Budget]:
    layers = [ROOT / "build" / "layers" / name for name in ("runtime", "telemetry")]
    if not all(layer.is_dir() for layer in layers):
        raise SystemExit("the layers are not built: run `make layers` first")
    size = sum(map(_size, [ROOT / "functions", *layers]))
    return [Budget("unzipped functions, runtime and telemetry layers", 40, size / MEGABYTE, "MB")]


def _size(folder: Path) -> int:
    """Compiled by Lambda's Python, or where there is none by this one, whose bytecode is a ninth larger."""
    with TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if not bytecode.compile_beside(copy, bytecode.LAMBDA):
            bytecode.compile_beside(copy, bytecode.HERE)
        return sum(path.stat().st_size for path in copy.rglob("*") if path.is_file())
