"""The signal log in DynamoDB: a segment is put where none is, and never touched again."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.segments import fence_of, hashes_of, item_of_segment, log_of, segment_of
from functions.billing.models.segment import LogId, Segment
from functions.billing.ports import KnownKeys, OutdatedError, StandingFence

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef

_BATCH = 100
"""Items that DynamoDB reads in one call."""

_REMEMBERED_KEYS = 2_000_000
"""Key hashes kept between calls, over all logs: about 175 MB."""


class DynamoSignalLog:
    """Fulfils `SignalLog`. Keys once read are remembered: a segment does not change, so only newer ones are read."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._known: OrderedDict[LogId, KnownKeys] = OrderedDict()
        self._lock = threading.Lock()

    def append(self, segment: Segment) -> None:
        not_taken = "attribute_not_exists(pk)"
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of_segment(segment),
                ConditionExpression=not_taken,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise OutdatedError from None

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        segments: list[Segment] = []
        for item in self._items(log, after=after):
            segments.append(segment_of(item))
            if len(segments) == limit:
                break
        return segments

    def grown(self, ends: Mapping[LogId, int]) -> set[LogId]:
        """Asks for the segment that would follow; a hundred logs in a call."""
        wanted: list[Item] = [
            {"pk": {"S": keys.log_partition(log)}, "sk": {"N": str(end + 1)}} for log, end in ends.items()
        ]
        found: set[LogId] = set()
        while wanted:
            batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
            answer = self._client.batch_get_item(
                RequestItems={
                    self._table: {"Keys": batch, "ConsistentRead": True, "ProjectionExpression": "pk, sk"},
                }
            )
            found |= {log_of(item) for item in answer["Responses"].get(self._table, [])}
            unread = answer["UnprocessedKeys"].get(self._table)
            wanted += [dict(key) for key in unread["Keys"]] if unread else []
        return found

    def known_keys(self, log: LogId) -> KnownKeys:
        with self._lock:
            known = self._known.pop(log, None) or KnownKeys({}, 0, 0, {})
            for item in self._items(log, after=known.last_segment, only="hashes, cumulative, sk, fence"):
                known = _extended(known, item)
            self._known[log] = known
            self._forget_least_used()
        return known

    def _forget_least_used(self) -> None:
        while len(self._known) > 1 and sum(len(k.hashes) for k in self._known.values()) > _REMEMBERED_KEYS:
            self._known.popitem(last=False)

    def _items(self, log: LogId, *, after: int, only: str | None = None) -> Iterator[Item]:
        query: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :log AND sk > :after",
            "ExpressionAttributeValues": {":log": {"S": keys.log_partition(log)}, ":after": {"N": str(after)}},
            "ConsistentRead": True,
        }
        if only is not None:
            query["ProjectionExpression"] = only
        for page in self._client.get_paginator("query").paginate(**query):
            yield from page["Items"]


def _extended(known: KnownKeys, item: Item) -> KnownKeys:
    """What is known after one more segment; the collections grow in place, for they are large."""
    number = int(item["sk"]["N"])
    known.hashes.update(dict.fromkeys(hashes_of(item), number))
    fence = fence_of(item)
    if fence is not None:
        known.fences[fence.external_id] = StandingFence(fence.moves, number)
    return KnownKeys(known.hashes, number, int(item["cumulative"]["N"]), known.fences)
