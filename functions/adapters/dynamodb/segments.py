"""Segment to item and back: columns of JSON, compressed; the hashes apart, so that they can be read alone.

Why columns: a hundred signals mostly repeat each other, and repeating values side by side nearly vanish under zlib.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item
from functions.billing.models.segment import KEY_HASH_BYTES, Entry, Fence, LogId, Segment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SCHEMA = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Tally(NamedTuple):
    """What listings filter by."""

    event_name: str
    product_id: str | None
    external_product_id: str | None
    external_customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a segment without opening it."""

    log: LogId
    number: int
    logged_at: datetime
    count: int
    tallies: dict[Tally, int]


def item_of_segment(segment: Segment) -> Item:
    """The item; its attributes `organization` to `tallies` are what the index by_time carries.

    A fence has no `organization`, so that the index does not carry it: there is nothing to list.
    """
    listed: Item = {"organization": {"S": segment.log.organization_id}}
    return {
        "pk": {"S": keys.log_partition(segment.log)},
        "sk": {"N": str(segment.number)},
        "schema": {"N": str(SCHEMA)},
        "hashes": {"B": b"".join(entry.key_hash for entry in segment.entries)},
        "block": {"B": zlib.compress(_columns(segment.entries), 9)},
        "cumulative": {"N": str(segment.cumulative)},
        **(listed if segment.fence is None else {"fence": _item_of_fence(segment.fence)}),
        "appended": {"S": _appended(segment)},
        "count": {"N": str(len(segment.entries))},
        "tallies": {"S": _tallies(segment.entries)},
    }


def segment_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Segment:
    """The segment that an item holds."""
    return Segment(
        log=log_of(item),
        number=int(item["sk"]["N"]),
        cumulative=int(item["cumulative"]["N"]),
        logged_at=datetime.fromisoformat(item["appended"]["S"].partition("#")[0]),
        entries=tuple(_entries(zlib.decompress(bytes(item["block"]["B"])), hashes_of(item))),
        fence=fence_of(item),
    )


def header_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Header:
    """The header, of a whole item or of its projection in the index by_time."""
    return Header(
        log=log_of(item),
        number=int(item["sk"]["N"]),
        logged_at=datetime.fromisoformat(item["appended"]["S"].partition("#")[0]),
        count=int(item["count"]["N"]),
        tallies={Tally(*names): count for *names, count in json.loads(item["tallies"]["S"])},
    )


def hashes_of(item: Mapping[str, "AttributeValueTypeDef"]) -> list[bytes]:
    """The key hashes of a segment, in the order of its signals."""
    joined = bytes(item["hashes"]["B"])
    return [joined[i : i + KEY_HASH_BYTES] for i in range(0, len(joined), KEY_HASH_BYTES)]


def fence_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Fence | None:
    """The fence that a segment is, if it is one."""
    if "fence" not in item:
        return None
    fence = item["fence"]["M"]
    return Fence(fence["external_id"]["S"], int(fence["moves"]["N"]))


def _item_of_fence(fence: Fence) -> "AttributeValueTypeDef":
    return {"M": {"external_id": {"S": fence.external_id}, "moves": {"N": str(fence.moves)}}}


def log_of(item: Mapping[str, "AttributeValueTypeDef"]) -> LogId:
    organization_id, customer_id, shard = item["pk"]["S"].split("#")
    return LogId(organization_id, customer_id, int(shard))


def _appended(segment: Segment) -> str:
    """Sorts an organization's segments by time; what follows the time only makes it unique."""
    moment = segment.logged_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{moment}#{segment.log.customer_id}#{segment.log.shard}#{segment.number:012d}"


def tally_of(entry: Entry) -> Tally:
    return Tally(entry.event_name, entry.product_id, entry.external_product_id, entry.external_customer_id)


def _tallies(entries: Sequence[Entry]) -> str:
    counts = Counter(tally_of(entry) for entry in entries)
    rows = [[*tally, count] for tally, count in counts.items()]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def _columns(entries: Sequence[Entry]) -> bytes:
    senders = [
        (
            e.event_name,
            e.product_id,
            e.external_product_id,
            e.external_customer_id,
            e.external_customer_unit_id,
        )
        for e in entries
    ]
    distinct = list(dict.fromkeys(senders))
    index = {sender: i for i, sender in enumerate(distinct)}
    moments = [(e.occurred_at - _EPOCH) // _MICROSECOND for e in entries]
    columns = {
        "senders": distinct,
        "sender": [index[sender] for sender in senders],
        "time": [later - earlier for earlier, later in pairwise([0, *moments])],
        "data": [e.data for e in entries],
    }
    return json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode()


def _entries(block: bytes, hashes: Sequence[bytes]) -> Iterator[Entry]:
    columns = json.loads(block)
    moment = _EPOCH
    for sender, step, data, key_hash in zip(columns["sender"], columns["time"], columns["data"], hashes, strict=True):
        event, product, external_product, external_customer, unit = columns["senders"][sender]
        moment += step * _MICROSECOND
        yield Entry(
            key_hash=key_hash,
            event_name=event,
            occurred_at=moment,
            product_id=product,
            external_product_id=external_product,
            external_customer_id=external_customer,
            external_customer_unit_id=unit,
            data=data,
        )
