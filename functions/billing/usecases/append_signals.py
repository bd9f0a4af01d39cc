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
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from functions.billing.errors import Busy, ExternalIdExists
from functions.billing.models.customer import Customer
from functions.billing.models.product import Product
from functions.billing.models.segment import Entry, Fence, LogId, Segment, hash_key
from functions.billing.models.signal import Signal
from functions.billing.ports import Collection, KnownKeys, OutdatedError, SignalLog

MAX_ENTRIES = 1000
"""Signals per segment."""

MAX_SEGMENT_BYTES = 250_000
"""Of a segment before compression, which gains nothing on random text: the item stays below 300 KB, and DynamoDB's end
is at 400 KB. A signal that is larger by itself is at most 64,000 characters of four bytes each."""

_ENTRY_BYTES = 40
"""A signal without its names and data: its time, where its names stand, its share of the counts."""

_MAX_LOST_RACES = 100
"""Of twenty workers on one log each loses nineteen of twenty races: all hundred, once in 170 deliveries."""

_MAX_COMINGS_AND_GOINGS = 3
"""Of the customer of one new name while it is looked up."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of some signals of one log."""

    log: LogId
    appended: int
    duplicates: int


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
                self._fenced(LogId(organization_id, customer_id), Fence(external_id, named.moves), now=now)
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

    def _fenced(self, log: LogId, fence: Fence, *, now: datetime) -> KnownKeys:
        """The keys of a log that has the fence, or one of a later move."""
        for _ in range(_MAX_LOST_RACES):
            known = self._log.known_keys(log)
            if known.fenced_at(fence.external_id) >= fence.moves:
                return known
            with suppress(OutdatedError):
                self._log.append(Segment(log, known.last_segment + 1, known.cumulative, now, (), fence))
        raise _contested(log)

    def append(self, log: LogId, signals: Sequence[Signal], *, now: datetime) -> Appended:
        """Appends those of `signals` whose keys the log does not hold yet, first come first kept.

        All are of the log's customer according to `customer_of`. Raises Busy when that is no longer so.
        """
        names = {
            name: self._lookup(log.organization_id, name, now=now)
            for name in dict.fromkeys(signal.external_customer_id for signal in signals if signal.customer_id is None)
            if name is not None
        }
        entries = [self._entry(log.organization_id, signal) for signal in signals]
        entries = self._not_of_earlier_holders(log.organization_id, names, entries, now=now)
        known = self._known_keys(log, names)
        fresh = list(_not_in(known, entries))
        appended = lost_races = 0
        while fresh:
            segment = _next_segment(log, known, fresh, now=now)
            try:
                self._log.append(segment)
            except OutdatedError:
                lost_races += 1
                if lost_races == _MAX_LOST_RACES:
                    raise _contested(log) from None
                known = self._known_keys(log, names)
                fresh = list(_not_in(known, fresh))
                continue
            appended += len(segment.entries)
            known = replace(known, last_segment=segment.number, cumulative=segment.cumulative)
            fresh = fresh[len(segment.entries) :]
        return Appended(log, appended, len(signals) - appended)

    def _known_keys(self, log: LogId, names: Mapping[str, _Named]) -> KnownKeys:
        """Raises Busy when the log is fenced for one of the names: it moved after it was looked up."""
        known = self._log.known_keys(log)
        for name, named in names.items():
            if known.fenced_at(name) > named.moves:
                raise Busy(f"external id {name!r} has moved to another customer meanwhile, try again")
        return known

    def _not_of_earlier_holders(
        self, organization_id: str, names: Mapping[str, _Named], entries: list[Entry], *, now: datetime
    ) -> list[Entry]:
        """The entries without those that came to an earlier holder of their name before it moved."""
        for name, named in names.items():
            for customer_id in named.earlier:
                known = self._fenced(LogId(organization_id, customer_id), Fence(name, named.moves), now=now)
                entries = [
                    entry
                    for entry in entries
                    if entry.external_customer_id != name or not known.has_before_fence(entry.key_hash, name)
                ]
        return entries

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
        )

    def _product_id(self, organization_id: str, signal: Signal) -> str | None:
        if signal.product_id is not None or signal.external_product_id is None:
            return signal.product_id
        named = (organization_id, signal.external_product_id)
        if named not in self._product_ids:
            self._product_ids[named] = self._products.resolve(*named)
        return self._product_ids[named]


def _contested(log: LogId) -> Busy:
    return Busy(f"the log of {log.customer_id} is written by too many others, try again")


def _not_in(known: KnownKeys, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries with new keys, in order; of several with the same key the first."""
    seen: set[bytes] = set()
    for entry in entries:
        if entry.key_hash not in known.hashes and entry.key_hash not in seen:
            seen.add(entry.key_hash)
            yield entry


def _next_segment(log: LogId, known: KnownKeys, fresh: Sequence[Entry], *, now: datetime) -> Segment:
    block = _first_block(fresh)
    return Segment(
        log=log,
        number=known.last_segment + 1,
        cumulative=known.cumulative + len(block),
        logged_at=now,
        entries=block,
    )


def _first_block(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """As many entries as one segment may hold."""
    size = 0
    names: set[tuple[str | None, ...]] = set()
    for count, entry in enumerate(entries[:MAX_ENTRIES]):
        named = _names(entry)
        size += _ENTRY_BYTES + _bytes(entry.data)
        if named not in names:  # names stand in a segment once, and once more in what listings filter by
            names.add(named)
            size += 2 * _bytes(named)
        if size > MAX_SEGMENT_BYTES and count > 0:
            return tuple(entries[:count])
    return tuple(entries[:MAX_ENTRIES])


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
