"""How many signals fit into one segment, and so into one item of DynamoDB."""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from functions.billing.models.segment import Entry

MAX_ENTRIES = 1000
"""Signals per segment."""

MAX_SEGMENT_BYTES = 250_000
"""Of a segment before compression, which gains nothing on random text: the item stays below 300 KB, and DynamoDB's end
is at 400 KB. A signal that is larger by itself is at most 64,000 characters of four bytes each."""

_ENTRY_BYTES = 44
"""A signal without its names and data: its time, its hashes, where its names stand, its share of the counts."""


def packed(entries: Sequence[Entry]) -> int:
    """How many of the entries, from the first on, go into one segment: always one, if there is one."""
    size = 0
    names: set[tuple[str | None, ...]] = set()
    for count, entry in enumerate(entries[:MAX_ENTRIES]):
        named = _names(entry)
        size += _ENTRY_BYTES + _bytes(entry.data)
        if named not in names:  # names stand in a segment once, and once more in what listings filter by
            names.add(named)
            size += 2 * _bytes(named)
        if size > MAX_SEGMENT_BYTES and count > 0:
            return count
    return min(len(entries), MAX_ENTRIES)


def _names(entry: Entry) -> tuple[str | None, ...]:
    return (
        entry.event_name,
        entry.product_id,
        entry.external_product_id,
        entry.external_customer_id,
        entry.external_customer_unit_id,
    )


def _bytes(value: JsonValue | tuple[str | None, ...]) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
