"""Signals, and what they cost, on their way into a log.

What a signal cost came with it, in one message and behind it. It is taken with that signal alone: where another is the
first of its key, the log has what that one cost, or that it cost nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from functions.billing.models.cost import COST_EVENT
from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import Entry, LogId
from functions.billing.models.shard import child_for
from functions.billing.models.signal import Delivered, Source


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


def first_of(signal: Arrival, by_key: Mapping[bytes, list[Arrival]], known: KnownKeys) -> bytes | None:
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
