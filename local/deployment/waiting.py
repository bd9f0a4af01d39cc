import time
from collections.abc import Callable
from typing import TypeVar

from local.deployment.errors import StepFailedError

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.25

Found = TypeVar("Found")


def until(condition: Callable[[], Found], what: str, *, seconds: float = PATIENCE_SECONDS) -> Found:
    """The first answer of `condition` that is true.

    Raises:
        StepFailedError: there was none within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise StepFailedError(f"Waited {seconds:g} s in vain until {what}.")
        time.sleep(PAUSE_SECONDS)
    return found


def check(what: str, found: object, expected: object) -> None:
    """Raises StepFailedError where they differ."""
    if found != expected:
        raise StepFailedError(f"Expected {what} to be {expected!r}, and found {found!r}.")
