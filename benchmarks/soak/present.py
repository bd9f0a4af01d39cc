"""The time and the chance of a round, in the place of the real ones: a seed then gives the same round again.

Between two processes that holds where Python hashes strings alike (PYTHONHASHSEED), which `make soak` sees to.
"""

import base64
import logging
import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from functions.adapters.dynamodb import table
from functions.runtime import chance

BEGIN = datetime(2025, 6, 15, tzinfo=UTC)


class Present:
    """Stands where `functions.runtime.chance` has `datetime`, `time` and `urandom`."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._moment = BEGIN

    def pass_by(self, duration: timedelta) -> None:
        self._moment += duration

    def now(self, zone: tzinfo) -> datetime:
        return self._moment.astimezone(zone)

    def time_ns(self) -> int:
        return (self._moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000

    def monotonic(self) -> float:
        return self._moment.timestamp()

    def urandom(self, size: int) -> bytes:
        return self._dice.randbytes(size)


@contextmanager
def governed(dice: random.Random) -> Iterator[Present]:
    """Nothing inside takes the time or a number from anywhere else, waits for anybody, or logs."""
    present = Present(dice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chance, "datetime", present)
        patch.setattr(chance, "time", present)
        patch.setattr(chance, "urandom", present.urandom)
        patch.setattr(secrets, "token_urlsafe", lambda size: _url_safe(present.urandom(size)))
        patch.setattr(table, "_pause", lambda _: None)
        logging.disable()
        try:
            yield present
        finally:
            logging.disable(logging.NOTSET)


def _url_safe(content: bytes) -> str:
    """As `secrets` writes it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
