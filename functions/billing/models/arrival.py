"""Signals, and what they cost, on their way into a log.

What a signal cost came with it, in one message and behind it. It is taken with that signal alone: where another is the
first of its key, the log has what that one cost, or that it cost nothing. What comes with a key that the log holds is a
repeat.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from functions.billing.models.cost import COST_EVENT
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import Entry, LogId, Segment
from functions.billing.models.shard import child_for
from functions.billing.models.signal import Delivered, Signal, Source


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry to be; what a signal cost is `of` that one."""

    entry: Entry
    delivered: Delivered
    of: "Arrival | None" = None

    @property
    def key_hash(self) -> bytes:
        return self.entry.key_hash

    def is_of_another(self, payload_hash: bytes | None) -> bool:
        """Whether it came with another signal than the first of that one's key, whose payload's hash this is."""
        return self.of is not None and payload_hash not in {None, self.of.entry.payload_hash}


@dataclass(frozen=True, slots=True)
class Repeat:
    """A signal whose key the log has already; `is_conflict` when that came with another payload. The first stays."""

    signal: Signal
    source: Source | None
    is_conflict: bool


def with_signals(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """The same, in order; costs that came with signals know them."""
    signals: dict[tuple[Source | None, bytes], Arrival] = {}
    made: list[Arrival] = []
    for each in arrivals:
        source, data = each.delivered.source, each.entry.data or {}
        if each.entry.event_name != COST_EVENT:
            signals[source, each.key_hash] = each
            made.append(each)
        elif isinstance(key := data.get("signal_key"), str):
            made.append(replace(each, of=signals.get((source, bytes.fromhex(key)))))
        else:
            made.append(each)
    return made


def _first_of(signal: Arrival, by_key: Mapping[bytes, list[Arrival]], known: KnownKeys) -> bytes | None:
    """The payload's hash of the first with the signal's key: on its way to the shard, or there; None without one."""
    if signal.key_hash in by_key:
        return by_key[signal.key_hash][0].entry.payload_hash
    found = known.find(signal.key_hash)
    return None if found is None else found.payload_hash


def parted(log: LogId, arrivals: Iterable[Arrival]) -> tuple[list[Arrival], list[Arrival]]:
    """Those of a split shard, and apart from them the costs that go to another of its children than their signals."""
    together, apart = list[Arrival](), list[Arrival]()
    for each in arrivals:
        goes_to = child_for(log.shard, each.key_hash)
        is_apart = each.of is not None and child_for(log.shard, each.of.key_hash) != goes_to
        (apart if is_apart else together).append(each)
    return together, apart


def by_child(log: LogId, arrivals: Iterable[Arrival]) -> list[tuple[LogId, list[Arrival]]]:
    """What a split shard is to take, for each of its children that it goes on in."""
    shares: dict[int, list[Arrival]] = {}
    for each in arrivals:
        shares.setdefault(child_for(log.shard, each.key_hash), []).append(each)
    return [(replace(log, shard=child), share) for child, share in shares.items()]


def repeat_of(arrival: Arrival, payload_hash: bytes) -> Repeat:
    """Of what is known with that payload's hash."""
    return Repeat(*arrival.delivered, is_conflict=payload_hash != arrival.entry.payload_hash)


def conflict_of(cost: Arrival) -> Repeat:
    """Of what another signal cost than the first of its key."""
    return Repeat(*cost.delivered, is_conflict=True)


def sorted_out(known: KnownKeys, new: Iterable[Arrival]) -> tuple[dict[bytes, list[Arrival]], list[Repeat]]:
    """What has new keys, by key and in order, and what the log has already."""
    by_key: dict[bytes, list[Arrival]] = {}
    repeats: list[Repeat] = []
    for each in new:
        if (before := known.find(each.entry.key_hash)) is not None:
            repeats.append(repeat_of(each, before.payload_hash))
        elif each.of is not None and each.is_of_another(_first_of(each.of, by_key, known)):
            repeats.append(conflict_of(each))
        else:
            by_key.setdefault(each.entry.key_hash, []).append(each)
    return by_key, repeats


def left_over(by_key: Mapping[bytes, list[Arrival]], segments: Iterable[Segment]) -> tuple[list[Arrival], list[Repeat]]:
    """What is not appended yet, and the repeats of what is.

    Which of several with one key is the first is decided by the log alone: until it has one, another worker's may be.
    """
    appended = {entry.key_hash for segment in segments for entry in segment.entries}
    left = [each for key_hash, same in by_key.items() if key_hash not in appended for each in same]
    repeats = [
        repeat_of(each, first.entry.payload_hash)
        for key_hash, (first, *others) in by_key.items()
        if key_hash in appended
        for each in others
    ]
    return left, repeats
