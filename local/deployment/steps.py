"""What a person sees of the steps: a line for each, how many there are, and how long it took."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Step:
    """`do` returns what came of it, in a few words."""

    text: str
    do: Callable[[], str]


def take(steps: Sequence[Step], terminal: TextIO) -> None:
    """One after the other; what a step raises ends it, after the line that says where."""
    begun = time.monotonic()
    width = max(len(step.text) for step in steps)
    for number, step in enumerate(steps, start=1):
        _write(terminal, f"[{number:>2}/{len(steps)}] {time.monotonic() - begun:>5.1f} s  {step.text:<{width}}  ")
        started = time.monotonic()
        try:
            found = step.do()
        except BaseException:
            _write(terminal, f"FAILED after {time.monotonic() - started:.1f} s\n")
            raise
        _write(terminal, f"{time.monotonic() - started:>5.1f} s  {found}\n")
    _write(terminal, f"All {len(steps)} steps in {time.monotonic() - begun:.0f} s.\n")


def _write(terminal: TextIO, text: str) -> None:
    terminal.write(text)
    terminal.flush()
