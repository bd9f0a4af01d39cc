"""The keys of shards, remembered between calls: what was read once is not read again, for a segment never changes."""

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import SCHEMAS, Item
from functions.adapters.dynamodb.key_cache import KeyCache
from functions.adapters.dynamodb.segments import KIND, fence_of, hashes_of, splits
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.shard import parent_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

SNAPSHOT_EVERY = 64
"""Segments between two snapshots of a shard: so many, and no more, does a cold start read of the table."""

logger = logging.getLogger(__name__)


class Snapshots(Protocol):
    """Where the keys of long logs may be found in one piece."""

    def load(self, log: LogId) -> KnownKeys | None: ...

    def save(self, known: KnownKeys) -> None: ...


class ShardKeys:
    """Reads the end of a shard first: most are short, and of the others a snapshot holds the rest."""

    def __init__(self, client: "DynamoDBClient", table: str, snapshots: Snapshots | None, *, most_bytes: int) -> None:
        self._client = client
        self._table = table
        self._snapshots = snapshots
        self._cache = KeyCache(most_bytes)
        self._lock = threading.Lock()

    def __call__(self, log: LogId) -> KnownKeys:
        """All keys in the shard as of now."""
        with self._lock:
            known = self._followed(log) or self._cold(log)
            self._cache.put(known)
            return known

    def appended(self, segment: Segment) -> None:
        """Writes a snapshot when it is time for one; the segment is in the log, whatever happens here."""
        if self._snapshots is None or (not segment.splits and segment.number % SNAPSHOT_EVERY != 0):
            return
        try:
            with self._lock:
                self._snapshots.save(self._whole(segment.log))
        except Exception:  # whoever reads the log next does without
            logger.exception("the keys of a log cannot be read", extra={"customer_id": segment.log.customer_id})

    def _followed(self, log: LogId) -> KnownKeys | None:
        """What is remembered of a shard, and what came since; None where that is more than a cold start would read."""
        known = self._cache.get(log)
        if known is None or known.is_split:
            return known
        items = list(self._items(log, after=known.last_segment, most=SNAPSHOT_EVERY + 1))
        return _extended(known, items) if len(items) <= SNAPSHOT_EVERY else None

    def _cold(self, log: LogId) -> KnownKeys:
        """Of a shard that this process knows nothing of, or next to nothing."""
        newest = self._newest(log)
        if newest and splits(newest[0]):
            return KnownKeys(log, last_segment=_number(newest[0]), is_split=True)
        return self._read(log, newest)

    def _read(self, log: LogId, newest: list[Item]) -> KnownKeys:
        """From the newest segments of a shard, and from what lies before them."""
        first_read = _number(newest[-1]) if newest else 1
        known = None if first_read == 1 or self._snapshots is None else self._snapshots.load(log)
        if known is not None and known.last_segment > _number(newest[0]):  # it was written since: so was what it holds
            newest = self._newest(log)
            first_read = _number(newest[-1])
        if known is None or known.last_segment > _number(newest[0]):
            known = self._inherited(log)
        if known.last_segment < first_read - 1:
            missing = self._items(log, after=known.last_segment)
            known = _extended(known, takewhile(lambda item: _number(item) < first_read, missing))
        read_already = known.last_segment
        known = _extended(known, (item for item in reversed(newest) if _number(item) > read_already))
        return replace(known, is_split=bool(newest) and splits(newest[0]))

    def _inherited(self, log: LogId) -> KnownKeys:
        """What a shard begins with."""
        if log.shard == 0:
            return KnownKeys(log)
        children = self._whole(replace(log, shard=parent_of(log.shard))).children()
        return next(child for child in children if child.log == log)

    def _whole(self, log: LogId) -> KnownKeys:
        """The keys of a shard, whether it is split or not."""
        known = self._followed(log)
        if known is None or len(known.keys) == 0:
            return self._read(log, self._newest(log))
        self._cache.put(known)
        return known

    def _newest(self, log: LogId) -> list[Item]:
        """The last segments of a shard, the very last first."""
        return list(self._items(log, after=0, most=SNAPSHOT_EVERY, is_forward=False))

    def _items(self, log: LogId, *, after: int, most: int | None = None, is_forward: bool = True) -> Iterator[Item]:
        """Not by boto3's paginator, whose last page would read more than what is wanted."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :log AND sk > :after",
            "ExpressionAttributeValues": {":log": {"S": keys.log_partition(log)}, ":after": {"N": str(after)}},
            "ProjectionExpression": "hashes, cumulative, sk, fence, splits, #schema",
            "ExpressionAttributeNames": {"#schema": "schema"},
            "ConsistentRead": True,
            "ScanIndexForward": is_forward,
        }
        while True:
            if most is not None:
                query["Limit"] = most
            answer = self._client.query(**query)
            for item in answer["Items"]:
                SCHEMAS.number(KIND, item)  # of a shape that is not known yet no key may be overlooked
                yield item
            if most is not None:
                most -= len(answer["Items"])
            if most == 0 or "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _extended(known: KnownKeys, items: Iterable[Item]) -> KnownKeys:
    for item in items:
        cumulative = int(item["cumulative"]["N"])
        known = known.followed_by(_number(item), cumulative, hashes_of(item), fence=fence_of(item), splits=splits(item))
    return known


def _number(item: Item) -> int:
    return int(item["sk"]["N"])
