"""Accepted signals enter the log, each exactly once (law 1).

read keys ── drop known ── put segment n+1 if absent ──▶ the signals exist
    ▲                            │ taken: somebody else appended
    └────────────────────────────┘
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from functions.billing.errors import Busy, ExternalIdExists
from functions.billing.models.customer import Customer
from functions.billing.models.product import Product
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
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


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of some signals of one log."""

    log: LogId
    appended: int
    duplicates: int


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
        self._customer_ids: dict[tuple[str, str], str] = {}
        self._product_ids: dict[tuple[str, str], str | None] = {}

    def customer_of(self, organization_id: str, signal: Signal, *, now: datetime) -> str:
        """The customer a signal is of; one with an unknown external id is created (contract: Customer)."""
        if signal.customer_id is not None:
            return signal.customer_id
        named = (organization_id, signal.external_customer_id or "")
        if named not in self._customer_ids:
            self._customer_ids[named] = self._customer_id(*named, now=now)
        return self._customer_ids[named]

    def _customer_id(self, organization_id: str, external_id: str, *, now: datetime) -> str:
        known = self._customers.resolve(organization_id, external_id)
        if known is not None:
            return known
        customer = self._new_customer(organization_id, external_id, now)
        try:
            self._customers.insert(organization_id, customer)
        except ExternalIdExists:  # another worker met the same new customer first
            known = self._customers.resolve(organization_id, external_id)
            if known is None:  # and somebody deleted it since
                raise Busy(f"customer {external_id!r} is being changed by others, try again") from None
            return known
        return customer.id

    def append(self, log: LogId, signals: Sequence[Signal], *, now: datetime) -> Appended:
        """Appends those of `signals` whose keys the log does not hold yet, first come first kept."""
        entries = [self._entry(log.organization_id, signal) for signal in signals]
        known = self._log.known_keys(log)
        fresh = list(_not_in(known, entries))
        appended = lost_races = 0
        while fresh:
            segment = _next_segment(log, known, fresh, now=now)
            try:
                self._log.append(segment)
            except OutdatedError:
                lost_races += 1
                if lost_races == _MAX_LOST_RACES:
                    raise Busy(f"the log of {log.customer_id} is written by too many others, try again") from None
                known = self._log.known_keys(log)
                fresh = list(_not_in(known, fresh))
                continue
            appended += len(segment.entries)
            known = KnownKeys(known.hashes, segment.number, segment.cumulative)
            fresh = fresh[len(segment.entries) :]
        return Appended(log, appended, len(entries) - appended)

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
