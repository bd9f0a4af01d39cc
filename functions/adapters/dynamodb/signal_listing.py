"""Reading signals back, newest first: headers are skipped by their counts, only the segments shown are opened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.segments import Header, header_of, log_of, segment_of, splits, tally_of
from functions.billing.errors import NotFound
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import LogId, SignalPosition
from functions.billing.models.shard import children_of
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.ports import LogTooLongError, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputPaginateTypeDef

_BATCH = 100
"""Items that DynamoDB reads in one call."""


class DynamoSignalListing:
    """Lists and gets logged signals."""

    def __init__(self, client: "DynamoDBClient", table: str, *, most_pages: int | None = None) -> None:
        """`most_pages` are the megabytes that one query may read, whatever of them it answers; None sets no end."""
        self._client = client
        self._table = table
        self._most_pages = most_pages

    def get(self, organization_id: str, signal_id: str) -> LoggedSignal:
        """Raises NotFound. One read: the id says where the signal lies."""
        position = SignalPosition.parse(organization_id, signal_id)
        answer = self._client.get_item(
            TableName=self._table,
            Key=_key(position.log, position.segment),
            ConsistentRead=True,
        )
        item = answer.get("Item")
        if item is None or position.index >= int(item["count"]["N"]):
            raise NotFound("signal", signal_id)
        segment = segment_of(item)
        if segment.entries[position.index].event_name == COST_EVENT:
            raise NotFound("signal", signal_id)
        return segment.signal(position.index)

    def page(self, organization_id: str, wanted: SignalFilter, *, limit: int, offset: int) -> Page[LoggedSignal]:
        total = 0
        windows: list[tuple[Header, int, int]] = []
        for header in self._headers(organization_id, wanted.customer_id):
            matching = _matching(header, wanted)
            first, last = max(offset - total, 0), min(offset + limit - total, matching)
            if first < last:
                windows.append((header, first, last))
            total += matching
        return Page(list(self._open(windows, wanted)), total)

    def customers(self, organization_id: str, at_most: int) -> list[str]:
        """Whose logs have signals, at most so many, and first whose came last; reads headers until it has them."""
        found: dict[str, None] = {}
        for item in self.by_time(organization_id, only="pk"):
            found[log_of(item).customer_id] = None
            if len(found) == at_most:
                break
        return list(found)

    def _open(self, windows: Sequence[tuple[Header, int, int]], wanted: SignalFilter) -> Iterator[LoggedSignal]:
        """The signals of each window: positions among a segment's matching signals, newest first."""
        for start in range(0, len(windows), _BATCH):
            batch = windows[start : start + _BATCH]
            items = self.items([(header.log, header.number) for header, _, _ in batch])
            for header, first, last in batch:
                segment = segment_of(items.pop((header.log, header.number)))  # one at a time: they are large
                indexes = [index for index, entry in enumerate(segment.entries) if wanted.takes(*tally_of(entry))]
                for index in indexes[::-1][first:last]:
                    yield segment.signal(index)

    def items(self, places: Sequence[tuple[LogId, int]]) -> dict[tuple[LogId, int], Item]:
        """The segments that lie there, unopened."""
        found: dict[tuple[LogId, int], Item] = {}
        wanted = [_key(*place) for place in places]
        while wanted:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}})
            read = answer["Responses"].get(self._table, [])
            found |= {(log_of(item), int(item["sk"]["N"])): item for item in read}
            unread = answer["UnprocessedKeys"].get(self._table)
            wanted = [dict(key) for key in unread["Keys"]] if unread else []
        return found

    def _headers(self, organization_id: str, customer_id: str | None) -> Iterator[Header]:
        if customer_id is None:
            return map(header_of, self.by_time(organization_id))
        log = LogId(organization_id, customer_id)
        return map(header_of, self.of_log(log) if keys.can_be_partition(keys.log_partition(log)) else ())

    def by_time(self, organization_id: str, *, only: str | None = None) -> Iterator[Item]:
        query: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "IndexName": "by_time",
            "KeyConditionExpression": "organization = :organization",
            "ExpressionAttributeValues": {":organization": {"S": organization_id}},
        }
        if only is not None:
            query["ProjectionExpression"] = only
        yield from self.backwards(query)

    def of_log(self, shard: LogId, *, pages: Iterator[int] | None = None) -> Iterator[Item]:
        """Of a shard and of those that it was split into, which its last segment tells.

        `pages` counts those of all of them.
        """
        pages = pages or count(1)
        items = self.backwards(
            {
                "TableName": self._table,
                "KeyConditionExpression": "pk = :log",
                "ExpressionAttributeValues": {":log": {"S": keys.log_partition(shard)}},
                "ProjectionExpression": "pk, sk, appended, #count, tallies, splits",
                "ExpressionAttributeNames": {"#count": "count"},
                "ConsistentRead": True,
            },
            pages=pages,
        )
        last = next(items, None)
        if last is None:
            return
        if not splits(last):
            yield last
            yield from items
            return
        from heapq import merge  # noqa: PLC0415 - few logs are split, and no cold start pays for it

        children = (self.of_log(replace(shard, shard=child), pages=pages) for child in children_of(shard.shard))
        yield from merge(chain([last], items), *children, key=_appended, reverse=True)

    def backwards(self, query: "QueryInputPaginateTypeDef", *, pages: Iterator[int] | None = None) -> Iterator[Item]:
        """Raises LogTooLongError."""
        query["ScanIndexForward"] = False
        numbers = pages or count(1)
        for page in self._client.get_paginator("query").paginate(**query):
            number = next(numbers)
            yield from page["Items"]
            if self._most_pages is not None and number >= self._most_pages and "LastEvaluatedKey" in page:
                raise LogTooLongError


def _appended(item: Mapping[str, "AttributeValueTypeDef"]) -> str:
    """As the index by_time sorts."""
    return item["appended"]["S"]


def _matching(header: Header, wanted: SignalFilter) -> int:
    if not wanted.covers(header.logged_at):
        return 0
    return sum(count for tally, count in header.tallies.items() if wanted.takes(*tally))


def _key(log: LogId, number: int) -> Item:
    return {"pk": {"S": keys.log_partition(log)}, "sk": {"N": str(number)}}
