"""Accepted signals enter the log, each exactly once (law 1).

read keys ── drop known ── put segment n+1 if absent ──▶ the signals exist
    ▲                            │ taken: somebody else appended
    └────────────────────────────┘
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import Busy, ExternalIdExists
from functions.billing.models.customer import Customer
from functions.billing.models.product import Product
from functions.billing.models.segment import Entry, LogId, Segment, hash_key
from functions.billing.models.signal import Signal
from functions.billing.ports import Collection, KnownKeys, OutdatedError, SignalLog

MAX_ENTRIES = 1000
"""Signals per segment: with the accepted sizes of signals a segment stays below 300 KB."""

MAX_ENTRY_BYTES = 250_000
"""Free data per segment before compression, so that a segment item stays below DynamoDB's 400 KB."""

_MAX_TRIES = 20


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
            return self._customers.resolve(organization_id, external_id) or customer.id
        return customer.id

    def append(self, log: LogId, signals: Sequence[Signal], *, now: datetime) -> Appended:
        """Appends those of `signals` whose keys the log does not hold yet, first come first kept."""
        entries = [self._entry(log.organization_id, signal) for signal in signals]
        appended = 0
        for _ in range(_MAX_TRIES):
            known = self._log.known_keys(log)
            fresh = list(_not_in(known, entries))
            if not fresh:
                return Appended(log, appended, len(entries) - appended)
            block = _first_block(fresh)
            try:
                self._log.append(
                    Segment(
                        log=log,
                        number=known.last_segment + 1,
                        cumulative=known.cumulative + len(block),
                        logged_at=now,
                        entries=block,
                    )
                )
            except OutdatedError:
                continue
            appended += len(block)
            if len(block) == len(fresh):
                return Appended(log, appended, len(entries) - appended)
        raise Busy(f"the log of {log.customer_id} is written by too many others, try again")

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


def _first_block(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """As many entries as one segment may hold."""
    size = 0
    for count, entry in enumerate(entries[:MAX_ENTRIES]):
        size += len(repr(entry.data)) if entry.data else 0
        if size > MAX_ENTRY_BYTES and count > 0:
            return tuple(entries[:count])
    return tuple(entries[:MAX_ENTRIES])
