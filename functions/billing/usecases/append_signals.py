"""Accepted signals enter the log, each exactly once (law 1).

read keys ── drop known ── put segment n+1 if absent ──▶ the signals exist
    ▲                            │ taken: somebody else appended
    └────────────────────────────┘

A log knows its own keys only, and an external id may move to another customer between two deliveries of one signal. So
it counts its moves (`Holders`), and whoever appends by it first puts a *fence* with that count into the log of each
earlier holder: a segment without signals, in its place among all others. Keys that lie before it are repeats.

Why that suffices: let two workers bring one signal to two logs; the one that saw fewer moves brings it to an earlier
holder's, which the other fences. If the fence is among the segments that the first worker read, it gives up, to come
again and resolve anew. If not, and its put of the next segment succeeds, then the fence comes after that segment, and
the second worker finds the key before the fence.

A shard that holds very many keys is *split*: its last segment, which is put like any other, says so, and its children
take what comes then. They hold its keys too, so that a key is in one place of its way from the root, or in none; and
they stand behind its fences.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from functions.billing.errors import Busy, ExternalIdExists
from functions.billing.leaves import KeyFinder
from functions.billing.models.arrival import (
    Arrival,
    Repeat,
    by_child,
    conflict_of,
    left_over,
    parted,
    repeat_of,
    sorted_out,
    with_signals,
)
from functions.billing.models.cost import is_later_price
from functions.billing.models.customer import Customer
from functions.billing.models.key_memory import KnownKey
from functions.billing.models.known_keys import KnownKeys, leaf_of
from functions.billing.models.packing import MAX_ENTRIES, packed
from functions.billing.models.product import Product
from functions.billing.models.segment import Entry, Fence, LogId, Segment, hash_key, hash_payload
from functions.billing.models.shard import children_of
from functions.billing.models.signal import Delivered, Signal
from functions.billing.ports import Collection, OutdatedError, SignalLog

SPLIT_AT = 2_000_000
"""Keys of a shard, its parents' included: 40 MB in the memory of whoever appends to it or asks it for repeats."""

_MAX_LOST_RACES = 100
"""Of twenty workers on one log each loses nineteen of twenty races: all hundred, once in 170 deliveries."""

_MAX_COMINGS_AND_GOINGS = 3
"""Of the customer of one new name while it is looked up."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of some signals of one log."""

    log: LogId
    segments: tuple[Segment, ...]
    repeats: tuple[Repeat, ...]

    @property
    def appended(self) -> int:
        return sum(len(segment.entries) for segment in self.segments)

    @property
    def duplicates(self) -> int:
        return len(self.repeats)


@dataclass(frozen=True, slots=True)
class _Named:
    """What an external id leads to, and the customers whom it led to earlier."""

    customer_id: str
    moves: int
    earlier: tuple[str, ...]


class AppendSignals:
    """Resolves, deduplicates and appends; a crash at any point is healed by delivering the same signals again.

    Lives for one delivery: what a name leads to is remembered that long and no longer, for names may move.
    """

    def __init__(
        self,
        *,
        log: SignalLog,
        customers: Collection[Customer],
        products: Collection[Product],
        new_customer: Callable[[str, str, datetime], Customer],
    ) -> None:
        """`new_customer` makes a customer of an organization id, an external id and the present."""
        self._log = log
        self._customers = customers
        self._products = products
        self._new_customer = new_customer
        self._named: dict[tuple[str, str], _Named] = {}
        self._product_ids: dict[tuple[str, str], str | None] = {}

    def customer_of(self, organization_id: str, signal: Signal, *, now: datetime) -> str:
        """The customer a signal is of; one with an unknown external id is created (contract: Customer)."""
        if signal.customer_id is not None:
            return signal.customer_id
        return self._lookup(organization_id, signal.external_customer_id or "", now=now).customer_id

    def _lookup(self, organization_id: str, external_id: str, *, now: datetime) -> _Named:
        """Fences the earlier holders at once: what comes to them in this very delivery is no repeat of the name's."""
        if (organization_id, external_id) not in self._named:
            named = self._resolve(organization_id, external_id, now=now)
            for customer_id in named.earlier:
                self._fence(LogId(organization_id, customer_id), Fence(external_id, named.moves), now=now)
            self._named[organization_id, external_id] = named
        return self._named[organization_id, external_id]

    def _resolve(self, organization_id: str, external_id: str, *, now: datetime) -> _Named:
        for _ in range(_MAX_COMINGS_AND_GOINGS):
            holders = self._customers.holders(organization_id, external_id)
            if holders.present is not None:
                earlier = tuple(sorted(holders.past - {holders.present}))
                return _Named(holders.present, holders.moves, earlier)
            with suppress(ExternalIdExists):  # another worker met the same new customer first
                self._customers.insert(organization_id, self._new_customer(organization_id, external_id, now))
        raise Busy(f"customer {external_id!r} is being changed by others, try again")

    def _fence(self, log: LogId, fence: Fence, *, now: datetime) -> dict[int, KnownKeys]:
        """The keys of the shards of a log, below `log` if it is split, each with the fence or one of a later move."""
        for _ in range(_MAX_LOST_RACES):
            known = self._log.known_keys(log)
            if known.is_split:
                first, second = (replace(log, shard=child) for child in children_of(log.shard))
                return self._fence(first, fence, now=now) | self._fence(second, fence, now=now)
            if known.fenced_at(fence.external_id) >= fence.moves:
                return {log.shard: known}
            with suppress(OutdatedError):
                self._log.append(_mark(known, now=now, fence=fence))
        raise _contested(log)

    def append(self, log: LogId, delivered: Sequence[Delivered], *, now: datetime) -> Appended:
        """Appends those of the signals whose keys the log does not hold yet, first come first kept.

        All are of the log's customer according to `customer_of`. Raises Busy when that is no longer so.
        """
        names = {
            name: self._lookup(log.organization_id, name, now=now)
            for name in dict.fromkeys(each.signal.external_customer_id for each in delivered if _is_by_name(each))
            if name is not None
        }
        new = with_signals([Arrival(self._entry(log.organization_id, each.signal), each) for each in delivered])
        new, repeats = self._not_of_earlier_holders(log.organization_id, names, new, now=now)
        segments: list[Segment] = []
        lost_races = 0
        waiting, apart = [(log, new)], list[Arrival]()
        while waiting or apart:
            if not waiting:
                ours, conflicts = self._of_first_signals(log, apart)
                repeats += conflicts
                waiting, apart = [(log, ours)], []
            shard, new = waiting.pop()
            known = self._known_keys(shard, names)
            if known.is_split:
                together, elsewhere = parted(shard, new)
                waiting += by_child(shard, together)
                apart += elsewhere
                continue
            by_key, known_ones = sorted_out(known, new)
            appended = self._append_all(known, [first for first, *_ in by_key.values()], now=now)
            segments += appended
            left, others = left_over(by_key, appended)
            repeats += [*known_ones, *others]
            if left:
                lost_races += 1
                if lost_races == _MAX_LOST_RACES:
                    raise _contested(log)
                waiting.append((shard, left))
        return Appended(log, tuple(segments), tuple(repeats))

    def _of_first_signals(self, log: LogId, costs: Iterable[Arrival]) -> tuple[list[Arrival], list[Repeat]]:
        """Of costs whose signals are in the log by now, in other shards than they go to: those that came with them."""
        keys = KeyFinder(self._log)
        ours, others = list[Arrival](), list[Repeat]()
        for each in costs:
            found = None if each.of is None else keys.leaf(log, each.of.key_hash).find(each.of.key_hash)
            if each.is_of_another(None if found is None else found.payload_hash):
                others.append(conflict_of(each))
            else:
                ours.append(replace(each, of=None))
        return ours, others

    def _append_all(self, known: KnownKeys, new: Sequence[Arrival], *, now: datetime) -> list[Segment]:
        """As many of `new` as can be before somebody else appends, or the shard is to be split."""
        segments: list[Segment] = []
        with suppress(OutdatedError):
            while new:
                if len(known.keys) >= SPLIT_AT:
                    self._log.append(_mark(known, now=now, splits=True))
                    break
                block = new[: packed([each.entry for each in new[:MAX_ENTRIES]])]
                segment = _segment(known, block, now=now)
                self._log.append(segment)
                segments.append(segment)
                new = new[len(block) :]
                known = replace(known, last_segment=segment.number, cumulative=segment.cumulative)
        return segments

    def _known_keys(self, log: LogId, names: Mapping[str, _Named]) -> KnownKeys:
        """Raises Busy when the log is fenced for one of the names: it moved after it was looked up."""
        known = self._log.known_keys(log)
        for name, named in names.items():
            if known.fenced_at(name) > named.moves:
                raise Busy(f"external id {name!r} has moved to another customer meanwhile, try again")
        return known

    def _not_of_earlier_holders(
        self, organization_id: str, names: Mapping[str, _Named], new: list[Arrival], *, now: datetime
    ) -> tuple[list[Arrival], list[Repeat]]:
        """What is new, and what came to an earlier holder of its name before that moved."""
        repeats: list[Repeat] = []
        for name, named in names.items():
            for customer_id in named.earlier:
                fenced = self._fence(LogId(organization_id, customer_id), Fence(name, named.moves), now=now)
                not_there: list[Arrival] = []
                for each in new:
                    found = _before_fence(fenced, each, name)
                    signal = None if each.of is None else _before_fence(fenced, each.of, name)
                    if found is not None:
                        repeats.append(repeat_of(each, found.payload_hash))
                    elif signal is not None and each.is_of_another(signal.payload_hash):
                        repeats.append(conflict_of(each))
                    else:
                        not_there.append(each)
                new = not_there
        return new, repeats

    def _entry(self, organization_id: str, signal: Signal) -> Entry:
        return Entry(
            key_hash=hash_key(signal.idempotency_key),
            event_name=signal.event_name,
            occurred_at=signal.occurred_at,
            product_id=self._product_id(organization_id, signal),
            external_product_id=signal.external_product_id,
            external_customer_id=signal.external_customer_id,
            external_customer_unit_id=signal.external_customer_unit_id,
            data=signal.data,
            payload_hash=hash_payload(signal),
        )

    def _product_id(self, organization_id: str, signal: Signal) -> str | None:
        """A price keeps the name that led nowhere for the cost it is of: whatever it leads to by now, both are one."""
        is_price = is_later_price(signal.event_name, signal.data)
        if signal.product_id is not None or signal.external_product_id is None or is_price:
            return signal.product_id
        named = (organization_id, signal.external_product_id)
        if named not in self._product_ids:
            self._product_ids[named] = self._products.resolve(*named)
        return self._product_ids[named]


def _contested(log: LogId) -> Busy:
    return Busy(f"the log of {log.customer_id} is written by too many others, try again")


def _is_by_name(delivered: Delivered) -> bool:
    return delivered.signal.customer_id is None


def _before_fence(leaves: Mapping[int, KnownKeys], new: Arrival, external_id: str) -> KnownKey | None:
    """What an earlier holder of the name has with the key, if it had it when the name moved on."""
    key_hash = new.entry.key_hash
    known = leaf_of(leaves, key_hash)
    is_ours = new.entry.external_customer_id == external_id and known.has_before_fence(key_hash, external_id)
    return known.find(key_hash) if is_ours else None


def _segment(known: KnownKeys, block: Sequence[Arrival], *, now: datetime) -> Segment:
    sources = Counter(each.delivered.source for each in block if each.delivered.source is not None)
    return Segment(
        log=known.log,
        number=known.last_segment + 1,
        cumulative=known.cumulative + len(block),
        logged_at=now,
        entries=tuple(each.entry for each in block),
        sources=tuple(sources.items()),
    )


def _mark(known: KnownKeys, *, now: datetime, fence: Fence | None = None, splits: bool = False) -> Segment:
    """A segment without signals."""
    return Segment(known.log, known.last_segment + 1, known.cumulative, now, (), fence=fence, splits=splits)
