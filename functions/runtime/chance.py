"""The two things the core may not have: the time and chance."""

import secrets
import time
from datetime import UTC, datetime

from functions.billing.ids import sortable_id


def real_now() -> datetime:
    """The present; test organizations put their own clock before it (`Organization.now`)."""
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """An id for a new thing; ids sort in the order of their making."""
    return sortable_id(prefix, milliseconds=time.time_ns() // 1_000_000, chance=secrets.token_bytes(9))


def new_secret() -> str:
    """256 random bits, safe in a header."""
    return secrets.token_urlsafe(32)
