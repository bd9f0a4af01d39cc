"""The size of what Lambda unpacks, and what would cost while nobody calls."""

from pathlib import Path

from benchmarks.budget import Budget

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000


def budgets() -> list[Budget]:
    layers = [ROOT / "build" / "layers" / name for name in ("runtime", "telemetry")]
    if not all(layer.is_dir() for layer in layers):
        raise SystemExit("the layers are not built: run `make layers` first")
    size = _size(ROOT / "functions") + sum(map(_size, layers))
    return [Budget("unzipped functions, runtime and telemetry layers", 40, size / MEGABYTE, "MB")]


def _size(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files)
