"""Who reports what happened, and when it may have happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.billing.errors import InvalidInput

MAX_AHEAD = timedelta(hours=24)
"""How far a clock at the sender may be wrong. The past has no bound: backfills are welcome."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose records, when they came, and whether the organization has a clock that makes any moment plausible."""

    organization_id: str
    received_at: datetime
    is_test: bool

    def check_moment(self, occurred_at: datetime, *, field: str = "timestamp") -> None:
        """Raises InvalidInput for what lies too far ahead; `field` is how the sender's request calls the moment."""
        if not self.is_test and occurred_at > self.received_at + MAX_AHEAD:
            raise InvalidInput(
                f"{field} is {occurred_at.isoformat()}, expected at most 24 hours after the present",
                code="TIMESTAMP_IN_FUTURE",
            )
