"""Waiting until what was accepted is done."""

from collections.abc import Callable

from functions.billing.errors import Busy
from functions.billing.ports import Backlog

_LIMIT_SECONDS = 300
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class Drained:
    """Returns when the queues are empty. Raises Busy when they still are not after five minutes."""

    def __init__(self, *, backlog: Backlog, sleep: Callable[[float], None]) -> None:
        self._backlog = backlog
        self._sleep = sleep

    def __call__(self) -> None:
        waited, pause = 0.0, _FIRST_PAUSE_SECONDS
        while (size := self._backlog.size()) > 0:
            if waited >= _LIMIT_SECONDS:
                raise Busy(f"{size} messages are still being worked on after {_LIMIT_SECONDS} seconds, try again")
            self._sleep(pause)
            waited += pause
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
