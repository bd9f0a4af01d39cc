"""The log read back for its costs: segments without any are passed over by their headers, and never opened.

What one call may read follows from the 29 seconds that a request has (docs/margin.md has the arithmetic).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.nearby_headers import NearbyHeaders
from functions.adapters.dynamodb.segments import Header, header_of, segment_of
from functions.adapters.dynamodb.signal_listing import DynamoSignalListing
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import LogId, Segment, SignalPosition
from functions.billing.periods import Period
from functions.billing.ports import LogTooLongError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one question may read: megabytes of everybody's headers, or of a customer's log, and what it opens of them.

    Those are segments, the signals and costs in them, and their bytes as they are stored. A log is read as a whole for
    its headers, which are few in a megabyte.
    """

    megabytes: int = 40
    log_megabytes: int = 80
    segments: int = 10_000
    entries: int = 200_000
    stored_bytes: int = 50_000_000

    def shared_by(self, questions: int) -> "Bounds":
        """For each of several questions that one answer takes."""
        return Bounds(*(bound // questions for bound in astuple(self)))


WHOLE = Bounds()

_BATCH = 100
"""Items that DynamoDB reads in one call."""

_TALLY = '["",'
"""How the tally of costs begins in a header; in a name the quotes would be escaped."""

Names = Callable[[str, str | None, str | None], bool]
"""Whether costs are wanted of a customer that name a product so: by its id, or its external id."""


class DynamoCostHistory:
    """Fulfils `CostHistory`."""

    def __init__(self, client: "DynamoDBClient", table: str, *, bounds: Bounds = WHOLE) -> None:
        self._listing = DynamoSignalListing(client, table, most_pages=bounds.megabytes)
        self._nearby = NearbyHeaders(client, table, most_pages=bounds.log_megabytes)
        self._logs = DynamoSignalListing(client, table, most_pages=bounds.log_megabytes)
        self._table = table
        self._bounds = bounds

    def of_customer(
        self, organization_id: str, customer_id: str, *, since: datetime, days: Period | None = None
    ) -> Iterator[Segment]:
        """By the customer's own partition: what others do does not make it longer."""
        log = LogId(organization_id, customer_id)
        if not keys.can_be_partition(keys.log_partition(log)):
            return iter(())
        headers = map(header_of, self._logs.of_log(log))
        recent = takewhile(lambda header: header.logged_at >= since, headers)
        return self._opened(header for header in recent if _has_costs(header, days))

    def of_everybody(
        self,
        organization_id: str,
        *,
        since: datetime,
        days: Period | None = None,
        named: Names | None = None,
    ) -> Iterator[Segment]:
        headers = self._of_everybody(organization_id, since=since)
        return self._opened(header for header in headers if _has_costs(header, days, named))

    def around(
        self, position: SignalPosition, *, since: datetime, until: datetime, with_signals: bool = False
    ) -> Iterator[Segment]:
        """By the customer's own partition too."""
        headers = self._nearby.headers(position, since=since, until=until)
        return self._opened(header for header in headers if with_signals or _has_costs(header))

    def _of_everybody(self, organization_id: str, *, since: datetime) -> Iterator[Header]:
        query: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "IndexName": "by_time",
            "KeyConditionExpression": "organization = :organization AND appended >= :since",
            "FilterExpression": "contains(tallies, :costs)",
            "ExpressionAttributeValues": {
                ":organization": {"S": organization_id},
                ":since": {"S": _written(since)},
                ":costs": {"S": _TALLY},
            },
        }
        return map(header_of, self._listing.backwards(query))

    def _opened(self, headers: Iterable[Header]) -> Iterator[Segment]:
        """One at a time: they are large. Headers are read as they are needed, a batch ahead of the segments."""
        remaining, segments, entries, size = iter(headers), 0, 0, 0
        while batch := list(islice(remaining, _BATCH)):
            segments, entries = segments + len(batch), entries + sum(header.count for header in batch)
            if segments > self._bounds.segments or entries > self._bounds.entries:
                raise LogTooLongError
            items = self._listing.items([(header.log, header.number) for header in batch])
            for header in batch:
                item = items.pop((header.log, header.number))
                size += len(bytes(item["block"]["B"]))
                if size > self._bounds.stored_bytes:
                    raise LogTooLongError
                yield segment_of(item)


def _has_costs(header: Header, days: Period | None = None, named: Names | None = None) -> bool:
    """Whether it may have some of these days, and such."""
    if days is not None and header.cost_days is not None:
        first, last = header.cost_days
        if last < days.start or first >= days.end:
            return False
    costs = [tally for tally in header.tallies if tally.event_name == COST_EVENT]
    owner = header.log.customer_id
    return any(named is None or named(owner, tally.product_id, tally.external_product_id) for tally in costs)


def _written(moment: datetime) -> str:
    """As `appended` begins."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
