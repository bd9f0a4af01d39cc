"""Headers of one customer's log that were appended about the same time, whatever lies before and behind them.

In the shard of a segment that is known they are read outward from it; in other shards, of which there are none but
where a log is long, the first of them is searched for by halves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, takewhile
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.segments import Header, header_of, splits
from functions.billing.margin.joining import CLOCKS
from functions.billing.models.segment import LogId, SignalPosition
from functions.billing.models.shard import children_of
from functions.billing.ports import LogTooLongError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

_PAGE = 100
"""Segments that one call reads at the most; they may be fewer, for it reads no more than a megabyte."""


@dataclass(frozen=True, slots=True)
class NearbyHeaders:
    """Reads at most so many pages for one answer."""

    client: "DynamoDBClient"
    table: str
    most_pages: int

    def headers(self, position: SignalPosition, *, since: datetime, until: datetime) -> list[Header]:
        """Of all shards, the last first. Raises LogTooLongError."""
        pages = count(1)
        found = [
            header
            for shard, begin in self._shards(position, since - CLOCKS, until + CLOCKS)
            for header in self._about(shard, begin, since - CLOCKS, until + CLOCKS, pages)
            if since <= header.logged_at <= until and header.count
        ]
        return sorted(found, key=_as_appended, reverse=True)

    def _shards(self, position: SignalPosition, since: datetime, until: datetime) -> Iterator[tuple[LogId, int]]:
        """Those that may have some, each with a segment from which on to read, and back."""
        waiting = [replace(position.log, shard=0)]
        while waiting:
            shard = waiting.pop()
            last = self._one(shard, first=None)
            if last is None:
                continue
            end = header_of(last)
            if splits(last) and end.logged_at <= until:
                waiting += (replace(shard, shard=child) for child in children_of(shard.shard))
            if shard == position.log:
                yield shard, position.segment
            elif end.logged_at >= since:
                yield shard, self._first_since(shard, since, end.number)

    def _about(
        self, shard: LogId, begin: int, since: datetime, until: datetime, pages: Iterator[int]
    ) -> Iterator[Header]:
        before = self._outward(shard, begin, is_forward=False, pages=pages)
        yield from takewhile(lambda header: header.logged_at >= since, before)
        behind = self._outward(shard, begin, is_forward=True, pages=pages)
        yield from takewhile(lambda header: header.logged_at <= until, behind)

    def _first_since(self, shard: LogId, since: datetime, last: int) -> int:
        """The first segment that was appended at that moment or later, by the clocks of those who did."""
        low, high = 1, last
        while low < high:
            middle = (low + high) // 2
            item = self._one(shard, first=middle)
            if item is not None and header_of(item).logged_at < since:
                low = middle + 1
            else:
                high = middle
        return low

    def _outward(self, shard: LogId, begin: int, *, is_forward: bool, pages: Iterator[int]) -> Iterator[Header]:
        """From a segment on, or back from the one before it."""
        query = self._query(shard, "sk >= :begin" if is_forward else "sk < :begin", begin)
        query |= {"ScanIndexForward": is_forward, "Limit": _PAGE}
        while True:
            if next(pages) > self.most_pages:
                raise LogTooLongError
            answer = self.client.query(**query)
            yield from map(header_of, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _one(self, shard: LogId, *, first: int | None) -> Item | None:
        """The segment of that number, or the last; None where there is none."""
        query = self._query(shard, "sk >= :begin", first or 1)
        query |= {"ScanIndexForward": first is not None, "Limit": 1}
        return next(iter(self.client.query(**query)["Items"]), None)

    def _query(self, shard: LogId, which: str, begin: int) -> "QueryInputTypeDef":
        return {
            "TableName": self.table,
            "KeyConditionExpression": f"pk = :log AND {which}",
            "ExpressionAttributeValues": {":log": {"S": keys.log_partition(shard)}, ":begin": {"N": str(begin)}},
            "ProjectionExpression": "pk, sk, appended, #count, tallies, splits",
            "ExpressionAttributeNames": {"#count": "count"},
            "ConsistentRead": True,
        }


def _as_appended(header: Header) -> tuple[datetime, int, int]:
    return header.logged_at, header.log.shard, header.number
