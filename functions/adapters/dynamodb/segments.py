"""Segment to item and back: columns of JSON, compressed; the hashes apart, so that they can be read alone.

Why columns: a hundred signals mostly repeat each other, and repeating values side by side nearly vanish under zlib.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import SCHEMAS, Item
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import KEY_HASH_BYTES, PAYLOAD_HASH_BYTES, Entry, Fence, LogId, Segment
from functions.billing.models.signal import Source
from functions.billing.periods import day_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

KIND = "Segment"
"""Its number tells the shape of all but what the index by_time carries: that never changes, but that `appended` may
get longer."""

_HASHES_BYTES = KEY_HASH_BYTES + PAYLOAD_HASH_BYTES

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
    """What is known of a segment without opening it.

    `cost_days` are the first and the last day on which its costs arose; None where it has none, or does not say.
    """

    log: LogId
    number: int
    logged_at: datetime
    count: int
    tallies: dict[Tally, int]
    cost_days: tuple[date, date] | None = None


def item_of_segment(segment: Segment) -> Item:
    """The item; its attributes `organization` to `tallies` are what the index by_time carries.

    A segment without signals has no `organization`, so that the index does not carry it: there is nothing to list.
    """
    listed: Item = {"organization": {"S": segment.log.organization_id}} if segment.entries else {}
    marks: Item = {"splits": {"BOOL": True}} if segment.splits else {}
    if segment.fence is not None:
        marks["fence"] = _item_of_fence(segment.fence)
    return {
        "pk": {"S": keys.log_partition(segment.log)},
        "sk": {"N": str(segment.number)},
        "schema": SCHEMAS.attribute(KIND),
        "hashes": {"B": b"".join(entry.key_hash + entry.payload_hash for entry in segment.entries)},
        "block": {"B": zlib.compress(_columns(segment), 9)},
        "cumulative": {"N": str(segment.cumulative)},
        **marks,
        **listed,
        "appended": {"S": _appended(segment)},
        "count": {"N": str(len(segment.entries))},
        "tallies": {"S": _tallies(segment.entries)},
    }


def segment_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Segment:
    """The segment that an item holds. Raises NewerSchemaError."""
    number = SCHEMAS.number(KIND, item)
    columns = SCHEMAS.upcast(KIND, json.loads(zlib.decompress(bytes(item["block"]["B"]))), number=number)
    return Segment(
        log=log_of(item),
        number=int(item["sk"]["N"]),
        cumulative=int(item["cumulative"]["N"]),
        logged_at=datetime.fromisoformat(item["appended"]["S"].partition("#")[0]),
        entries=tuple(_entries(columns, hashes_of(item))),
        fence=fence_of(item),
        sources=tuple((Source(*source), count) for *source, count in columns["sources"]),
        splits=splits(item),
    )


def header_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Header:
    """The header, of a whole item or of its projection in the index by_time."""
    return Header(
        log=log_of(item),
        number=int(item["sk"]["N"]),
        logged_at=datetime.fromisoformat(item["appended"]["S"].partition("#")[0]),
        count=int(item["count"]["N"]),
        tallies={Tally(*names): count for *names, count in json.loads(item["tallies"]["S"])},
        cost_days=_cost_days_of(item["appended"]["S"]),
    )


def hashes_of(item: Mapping[str, "AttributeValueTypeDef"]) -> list[tuple[bytes, bytes]]:
    """The hashes of keys and payloads of a segment, in the order of its signals."""
    joined = bytes(item["hashes"]["B"])
    return [
        (joined[i : i + KEY_HASH_BYTES], joined[i + KEY_HASH_BYTES : i + _HASHES_BYTES])
        for i in range(0, len(joined), _HASHES_BYTES)
    ]


def splits(item: Mapping[str, "AttributeValueTypeDef"]) -> bool:
    """Whether the segment closes its shard."""
    return "splits" in item


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
    """Sorts an organization's segments by time; what follows the time makes it unique, and may tell of costs.

    The days of costs stand here since the index carries this, and an index that should carry more is built anew.
    """
    moment = segment.logged_at.astimezone(UTC).isoformat(timespec="microseconds")
    days = [day_of(entry.occurred_at) for entry in segment.entries if entry.event_name == COST_EVENT]
    of_costs = f"#{min(days)}/{max(days)}" if days else ""
    return f"{moment}#{segment.log.customer_id}#{segment.log.shard}#{segment.number:012d}{of_costs}"


def _cost_days_of(appended: str) -> tuple[date, date] | None:
    _, _, _, _, *of_costs = appended.split("#")
    for days in of_costs:
        first, _, last = days.partition("/")
        return date.fromisoformat(first), date.fromisoformat(last)
    return None


def tally_of(entry: Entry) -> Tally:
    return Tally(entry.event_name, entry.product_id, entry.external_product_id, entry.external_customer_id)


def _tallies(entries: Sequence[Entry]) -> str:
    counts = Counter(tally_of(entry) for entry in entries)
    rows = [[*tally, count] for tally, count in counts.items()]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def _columns(segment: Segment) -> bytes:
    entries = segment.entries
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
        "sources": [(*source, count) for source, count in segment.sources],
    }
    return json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode()


def _entries(columns: Mapping[str, Any], hashes: Sequence[tuple[bytes, bytes]]) -> Iterator[Entry]:
    moment = _EPOCH
    rows = zip(columns["sender"], columns["time"], columns["data"], hashes, strict=True)
    for sender, step, data, (key_hash, payload_hash) in rows:
        event, product, external_product, external_customer, unit = columns["senders"][sender]
        moment += step * _MICROSECOND
        yield Entry(
            key_hash=key_hash,
            payload_hash=payload_hash,
            event_name=event,
            occurred_at=moment,
            product_id=product,
            external_product_id=external_product,
            external_customer_id=external_customer,
            external_customer_unit_id=unit,
            data=data,
        )
