"""When a delivery that failed is tried again."""

import hashlib

_MINUTE, _HOUR = 60, 3600

RETRY_AFTER_SECONDS = (5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 10 * _HOUR)
"""After the first attempt, the second, ...: eight attempts in 27.6 hours, as the field does it."""

MAX_ATTEMPTS = len(RETRY_AFTER_SECONDS) + 1

_MAX_DELAY_PERCENT = 10
"""A receiver that comes back meets its events spread; SQS hides a message for twelve hours at most."""


def retry_after_seconds(announcement_id: str, *, attempt: int) -> int | None:
    """How long to wait after that attempt failed, None after the last; up to a tenth longer than the schedule says.

    The tenth is drawn from the id and the attempt: different for each event, and the same if it is asked for again.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    planned = RETRY_AFTER_SECONDS[attempt - 1]
    digest = hashlib.sha256(f"{announcement_id} {attempt}".encode()).digest()
    return planned + planned * _MAX_DELAY_PERCENT * digest[0] // (100 * 255)
