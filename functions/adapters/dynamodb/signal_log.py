"""The signal log in DynamoDB: a segment is put where none is, and never touched again."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item
from functions.adapters.dynamodb.segments import item_of_segment, log_of, segment_of
from functions.billing.models.segment import LogId, Segment
from functions.billing.ports import OutdatedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef

    from functions.adapters.dynamodb.shard_keys import ShardKeys, Snapshots
    from functions.billing.models.known_keys import KnownKeys

_BATCH = 100
"""Items that DynamoDB reads in one call."""


class DynamoSignalLog:
    """Fulfils `SignalLog`."""

    def __init__(
        self, client: "DynamoDBClient", table: str, snapshots: "Snapshots | None" = None, *, most_bytes: int = 10**8
    ) -> None:
        """`most_bytes` is how much memory the keys may take that are remembered between calls."""
        self._client = client
        self._table = table
        self._snapshots = snapshots
        self._most_bytes = most_bytes

    @cached_property
    def _keys(self) -> "ShardKeys":
        from functions.adapters.dynamodb.shard_keys import ShardKeys  # noqa: PLC0415 - most only read segments

        return ShardKeys(self._client, self._table, self._snapshots, most_bytes=self._most_bytes)

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
        self._keys.appended(segment)

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        segments: list[Segment] = []
        for item in self._items(log, after=after, at_once=limit):
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

    def known_keys(self, log: LogId) -> "KnownKeys":
        return self._keys(log)

    def _items(self, log: LogId, *, after: int, at_once: int) -> Iterator[Item]:
        query: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :log AND sk > :after",
            "ExpressionAttributeValues": {":log": {"S": keys.log_partition(log)}, ":after": {"N": str(after)}},
            "ConsistentRead": True,
            "PaginationConfig": {"PageSize": at_once},  # a page of small segments would hold a thousand too many
        }
        for page in self._client.get_paginator("query").paginate(**query):
            yield from page["Items"]
