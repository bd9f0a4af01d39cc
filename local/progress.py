"""How far something long has come: a bar in one line of a terminal, elsewhere a line for each part."""

from collections.abc import Callable
from types import TracebackType
from typing import TextIO, TypeAlias

Tell: TypeAlias = Callable[[str, int, int], None]
"""Hears what is done, as text and as a part of a whole: see `Progress`."""

_WIDTH = 30
_ANEW = "\r\x1b[K"
"""To the beginning of the terminal's line, which is empty then."""


class Progress:
    """Told of each part that is done. What stands on a terminal is gone when it ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_terminal:
            self._write(_ANEW)

    def __call__(self, text: str, done: int, of: int) -> None:
        """`done` may exceed `of`: something came in between."""
        if not self._is_terminal:
            self._write(f"{text}\n")
            return
        filled = _WIDTH if done >= of else _WIDTH * done // of
        self._write(f"{_ANEW}[{'#' * filled}{'.' * (_WIDTH - filled)}] {text}")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
