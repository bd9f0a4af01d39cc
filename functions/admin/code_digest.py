"""Which code this is. It imports nothing of ours, so that `owed doctor` can ask the code beside it the same."""

from hashlib import sha256
from pathlib import Path

import functions


def code_digest() -> str:
    """Of every module below `functions`, by name and content: twelve characters that differ when anything does."""
    root = Path(functions.__path__[0])
    digest = sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
