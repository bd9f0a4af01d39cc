"""The two things the core may not have: the time and chance."""

import base64
import time
from datetime import UTC, datetime
from os import urandom

from functions.billing.ids import sortable_id


def real_now() -> datetime:
    """The present; test organizations put their own clock before it (`Organization.now`)."""
    return datetime.now(UTC)


def uptime_seconds() -> float:
    """Of a clock that nobody sets."""
    return time.monotonic()


def new_id(prefix: str) -> str:
    """An id for a new thing; ids sort in the order of their making."""
    return sortable_id(prefix, milliseconds=time.time_ns() // 1_000_000, chance=urandom(9))


def new_secret() -> str:
    """256 random bits, safe in a header."""
    return base64.urlsafe_b64encode(urandom(32)).rstrip(b"=").decode()
