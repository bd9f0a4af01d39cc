"""One line that says how far a run is: rewritten on a terminal, and else a line now and then."""

import time
from collections.abc import Callable
from typing import TextIO

BETWEEN_LINES_SECONDS = 10
ERASE = "\r\x1b[K"


class Progress:
    """Writes to `out`, which is no place for the results: they may be going elsewhere."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._is_terminal = out.isatty()
        self._next_line = clock()

    def say(self, text: str) -> None:
        """Where a step begins: always shown."""
        self._next_line = self._clock()
        self.update(text)

    def update(self, text: str) -> None:
        """How a step goes on: the last one is what counts."""
        if self._is_terminal:
            self._write(f"{ERASE}{text}")
        elif self._clock() >= self._next_line:
            self._next_line = self._clock() + BETWEEN_LINES_SECONDS
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Before anything else is printed."""
        if self._is_terminal:
            self._write(ERASE)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
