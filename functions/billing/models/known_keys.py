"""What is known of a shard before anything is appended to it: its keys, its end, its fences."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from functions.billing.models.key_memory import KeyMemory, KnownKey
from functions.billing.models.segment import Fence, LogId
from functions.billing.models.shard import child_for, children_of, depth_of, path_to


@dataclass(frozen=True, slots=True)
class StandingFence:
    """The last fence of a log for some external id: at which of its moves, and at which place."""

    moves: int
    place: int


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """A shard through its last segment, whose number and cumulative count are given.

    With its own keys it holds those of the shards that it was split from. Of one that is split itself nothing but that
    need be known: its keys are its children's. `starts` are the places after which each shard of its path begins.
    `fences` are by external id.
    """

    log: LogId
    keys: KeyMemory = field(default_factory=KeyMemory)
    last_segment: int = 0
    cumulative: int = 0
    fences: dict[str, StandingFence] = field(default_factory=dict[str, StandingFence])
    starts: tuple[int, ...] = (0,)
    is_split: bool = False

    def find(self, key_hash: bytes) -> KnownKey | None:
        return self.keys.find(key_hash)

    def position(self, place: int) -> tuple[int, int]:
        """The shard that a place lies in, this one or one it was split from, and the segment's number there."""
        depth = bisect_left(self.starts, place) - 1
        return path_to(self.log.shard)[depth], place - self.starts[depth]

    def fenced_at(self, external_id: str) -> int:
        """The moves of the external id that the log knows of; 0 without a fence."""
        fence = self.fences.get(external_id)
        return 0 if fence is None else fence.moves

    def has_before_fence(self, key_hash: bytes, external_id: str) -> bool:
        """Whether the log had the key when it was fenced for the external id."""
        fence = self.fences.get(external_id)
        known = self.keys.find(key_hash)
        return fence is not None and known is not None and known.place < fence.place

    def followed_by(
        self,
        number: int,
        cumulative: int,
        keys: Iterable[tuple[bytes, bytes]],
        *,
        fence: Fence | None = None,
        splits: bool = False,
    ) -> "KnownKeys":
        """What is known after one more segment; the collections grow in place, for they are large."""
        place = self.starts[-1] + number
        self.keys.add(keys, place=place)
        if fence is not None:
            self.fences[fence.external_id] = StandingFence(fence.moves, place)
        return replace(self, last_segment=number, cumulative=cumulative, is_split=splits)

    def children(self) -> tuple["KnownKeys", "KnownKeys"]:
        """What each child of a shard begins with, when the shard's last segment has split it."""
        starts = (*self.starts, self.starts[-1] + self.last_segment)
        numbers, halves = children_of(self.log.shard), self.keys.halves(depth_of(self.log.shard))
        first, second = (
            KnownKeys(replace(self.log, shard=number), keys, 0, len(keys), dict(self.fences), starts)
            for number, keys in zip(numbers, halves, strict=True)
        )
        return first, second


def leaf_of(leaves: Mapping[int, KnownKeys], key_hash: bytes) -> KnownKeys:
    """The one of all leaves of a log that a key belongs to."""
    shard = 0
    while shard not in leaves:
        shard = child_for(shard, key_hash)
    return leaves[shard]
