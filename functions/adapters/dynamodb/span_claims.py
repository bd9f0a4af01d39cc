"""Marks of spans that came alone, at places in their traces: a small item for each place, kept for ever."""

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.table import Records
from functions.billing.telemetry.apart import Claim

MOST_MARKS = 20
"""Of one side at one place, one write unit. A wrapper has a few calls within it; what is around more is none."""


class DynamoSpanClaims:
    """Fulfils `SpanClaims`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def claim(self, organization_id: str, claim: Claim) -> bool:
        place = keys.span(organization_id, claim.trace_id, claim.place)
        theirs = self._records.add_mark(
            place, claim.side, claim.leaves, unless=(claim.side.other, claim.unless), at_most=MOST_MARKS
        )
        return claim.unless.isdisjoint(theirs)
