"""The idempotency keys of a log, all of them for ever, in twenty bytes each: a million fit in a small function.

Most lie in one block of records sorted by hash, which is also what a snapshot stores; what came since lies in a dict,
and is merged into the block when it has grown to a sixteenth of it. The children of a split shard hold the halves of
its block: sorted by hash, the keys of each child lie side by side.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from functions.billing.models.segment import KEY_HASH_BYTES, PAYLOAD_HASH_BYTES

_PLACE_BYTES = 4
_RECORD_BYTES = KEY_HASH_BYTES + PAYLOAD_HASH_BYTES + _PLACE_BYTES
_RECENT_BYTES = 250
"""What a key takes in a dict, with its objects."""

_MERGE_AT = 64

_PAGE_KEYS = 16
"""Keys that are looked through at once; of a very large block more."""

_HEAD_BITS = 16


class KnownKey(NamedTuple):
    """What is remembered of a key: its payload's hash, and the place of its segment.

    A place counts the segments from the beginning of the log's root shard on the way to this one: places of a shard
    follow those of its parents.
    """

    payload_hash: bytes
    place: int


class KeyMemory:
    """Grows in place, for it is large. Not to be shared between threads without a lock."""

    def __init__(self, block: bytes = b"") -> None:
        """`block` is what `packed` gave."""
        self._block = block
        self._recent: dict[bytes, KnownKey] = {}
        self._register: _Register | None = None

    @property
    def size(self) -> int:
        """In bytes of memory, about."""
        return len(self._block) + _RECENT_BYTES * len(self._recent)

    def __len__(self) -> int:
        return len(self._block) // _RECORD_BYTES + len(self._recent)

    def __contains__(self, key_hash: bytes) -> bool:
        return self.find(key_hash) is not None

    def find(self, key_hash: bytes) -> KnownKey | None:
        if (known := self._recent.get(key_hash)) is not None or not self._block:
            return known
        register = self._register
        if register is None:
            register = self._register = _Register.of(self._block)
        starts, shift = register
        page = (key_hash[0] << 8 | key_hash[1]) >> shift
        block, end = self._block, starts[page + 1]
        at = block.find(key_hash, starts[page], end)
        while at % _RECORD_BYTES and at != -1:  # across two records
            at = block.find(key_hash, at + 1, end)
        return None if at == -1 else _known_key(block[at : at + _RECORD_BYTES])

    def add(self, keys: Iterable[tuple[bytes, bytes]], *, place: int) -> None:
        """Keys with their payloads' hashes, none of which is known yet."""
        self._recent.update((key_hash, KnownKey(payload_hash, place)) for key_hash, payload_hash in keys)
        if len(self._recent) > max(_MERGE_AT, len(self._block) // _RECORD_BYTES // 16):
            self._merge()

    def packed(self) -> bytes:
        """All keys as one block."""
        self._merge()
        return self._block

    def halves(self, bit: int) -> tuple["KeyMemory", "KeyMemory"]:
        """The keys whose hashes have a 0 at this bit, and those that have a 1, if all bits before it are the same."""
        self._merge()
        first = self._block[:KEY_HASH_BYTES].ljust(KEY_HASH_BYTES, b"\0")
        prefix = int.from_bytes(first, "big") >> (8 * KEY_HASH_BYTES - bit)
        border = ((2 * prefix + 1) << (8 * KEY_HASH_BYTES - bit - 1)).to_bytes(KEY_HASH_BYTES, "big")
        middle = _position(self._block, border)
        return KeyMemory(self._block[:middle]), KeyMemory(self._block[middle:])

    def _merge(self) -> None:
        if self._recent:
            self._block = b"".join(self._merged())
            self._recent = {}
            self._register = None

    def _merged(self) -> Iterator[bytes | memoryview]:
        block, done = memoryview(self._block), 0
        for key_hash, known in sorted(self._recent.items()):
            at = _position(self._block, key_hash)
            yield block[done:at]
            yield key_hash + known.payload_hash + known.place.to_bytes(_PLACE_BYTES, "big")
            done = at
        yield block[done:]


class _Register(NamedTuple):
    """Where in a block to look for a hash: its first bits, all but `shift` of 16, are the number of its page.

    `starts` are those of the pages, and at last the block's end.
    """

    starts: "array[int]"
    shift: int

    @classmethod
    def of(cls, block: bytes) -> "_Register":
        keys = len(block) // _RECORD_BYTES
        bits = min((keys // _PAGE_KEYS).bit_length(), _HEAD_BITS)
        shift = _HEAD_BITS - bits
        high, low = (1, 0) if sys.byteorder == "little" else (0, 1)
        heads = bytearray(2 * keys)
        heads[high::2], heads[low::2] = block[0::_RECORD_BYTES], block[1::_RECORD_BYTES]
        numbers = memoryview(heads).cast("H")
        starts = array("I", (bisect_left(numbers, page << shift) * _RECORD_BYTES for page in range(1 << bits)))
        starts.append(len(block))
        return cls(starts, shift)


def _position(block: bytes, key_hash: bytes) -> int:
    """Where the first record begins that is not below the hash."""
    starts = range(0, len(block), _RECORD_BYTES)
    found = bisect_left(starts, key_hash, key=lambda at: block[at : at + KEY_HASH_BYTES])
    return found * _RECORD_BYTES


def _known_key(record: bytes) -> KnownKey:
    return KnownKey(
        record[KEY_HASH_BYTES:-_PLACE_BYTES],
        int.from_bytes(record[-_PLACE_BYTES:], "big"),
    )
