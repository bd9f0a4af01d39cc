"""Reading signals back, newest first: headers are skipped by their counts, only the segments shown are opened."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.segments import Header, header_of, segment_of, tally_of
from functions.billing.errors import NotFound
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import LogId, SignalPosition
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.ports import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef


class DynamoSignalListing:
    """Lists and gets logged signals."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

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

    def _open(self, windows: Iterable[tuple[Header, int, int]], wanted: SignalFilter) -> Iterator[LoggedSignal]:
        """The signals of each window: positions among a segment's matching signals, newest first."""
        for header, first, last in windows:
            answer = self._client.get_item(
                TableName=self._table, Key=_key(header.log, header.number), ConsistentRead=True
            )
            segment = segment_of(answer["Item"])
            indexes = [index for index, entry in enumerate(segment.entries) if wanted.takes(*tally_of(entry))]
            for index in indexes[::-1][first:last]:
                yield segment.signal(index)

    def _headers(self, organization_id: str, customer_id: str | None) -> Iterator[Header]:
        if customer_id is None:
            query: QueryInputPaginateTypeDef = {
                "TableName": self._table,
                "IndexName": "by_time",
                "KeyConditionExpression": "organization = :organization",
                "ExpressionAttributeValues": {":organization": {"S": organization_id}},
            }
        elif not keys.can_be_partition(log := keys.log_partition(LogId(organization_id, customer_id))):
            return
        else:
            query = {
                "TableName": self._table,
                "KeyConditionExpression": "pk = :log",
                "ExpressionAttributeValues": {":log": {"S": log}},
                "ProjectionExpression": "pk, sk, appended, #count, tallies",
                "ExpressionAttributeNames": {"#count": "count"},
                "ConsistentRead": True,
            }
        query["ScanIndexForward"] = False
        for page in self._client.get_paginator("query").paginate(**query):
            yield from map(header_of, page["Items"])


def _matching(header: Header, wanted: SignalFilter) -> int:
    if not wanted.covers(header.logged_at):
        return 0
    return sum(count for tally, count in header.tallies.items() if wanted.takes(*tally))


def _key(log: LogId, number: int) -> Item:
    return {"pk": {"S": keys.log_partition(log)}, "sk": {"N": str(number)}}
