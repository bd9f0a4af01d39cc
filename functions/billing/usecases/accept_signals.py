"""The front door of signals: what is wrong by itself is refused, what is known is told, the rest goes to the queue.

The repeats counted here are those that can be seen before the append. Copies still in flight are caught there: the
append is the authority, this is the honest answer as of now (design: "The signal log").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.billing.errors import BillingError, InvalidInput, NotFound
from functions.billing.models.customer import Customer
from functions.billing.models.segment import LogId, hash_key
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.ports import Collection, SignalLog, SignalQueue

MAX_AHEAD = timedelta(hours=24)
"""How far a clock at the sender may be wrong. The past has no bound: backfills are welcome."""

_REMEMBERED_CUSTOMERS = 100_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one signal of a request was refused; `index` counts from 0."""

    index: int
    error: BillingError


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a bulk request: `ingested + duplicates + failures` is what was sent."""

    ingested: int
    duplicates: int
    failures: Sequence[Failure]


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose signals, when they came, and whether the organization has a clock that makes any moment plausible."""

    organization_id: str
    received_at: datetime
    is_test: bool


class AcceptSignals:
    """Checks signals one by one and sends those that are new."""

    def __init__(self, *, customers: Collection[Customer], log: SignalLog, queue: SignalQueue) -> None:
        self._customers = customers
        self._log = log
        self._queue = queue
        self._customer_ids: dict[tuple[str, str], str] = {}

    def __call__(self, sender: Sender, signals: Iterable[tuple[int, Signal]]) -> Accepted:
        """Sends what is new of `signals`, each with its index in the request; when this raises, nothing was sent."""
        known = _Repeats(self._log, sender.organization_id)
        failures: list[Failure] = []
        fresh: list[Signal] = []
        duplicates = 0
        for index, signal in signals:
            try:
                _check_moment(sender, signal)
                customer_id = self._customer_id(sender.organization_id, signal)
            except BillingError as error:
                failures.append(Failure(index, error))
                continue
            if known.is_repeat(customer_id, signal):
                duplicates += 1
            else:
                fresh.append(signal)
        if fresh:
            self._queue.send(
                SignalBatch(
                    organization_id=sender.organization_id, received_at=sender.received_at, signals=tuple(fresh)
                )
            )
        return Accepted(len(fresh), duplicates, failures)

    def _customer_id(self, organization_id: str, signal: Signal) -> str | None:
        """The customer that the signal names, None for an external id that nobody has yet.

        Remembered between calls: should the name move to another customer, only the count of repeats may be off for a
        while, for the worker resolves anew.
        """
        reference = signal.customer_id or signal.external_customer_id or ""
        key = (organization_id, reference)
        if key in self._customer_ids:
            return self._customer_ids[key]
        if signal.customer_id is None:
            found = self._customers.resolve(organization_id, reference)
        else:
            found = self._existing(organization_id, signal.customer_id)
        if found is not None:
            if len(self._customer_ids) >= _REMEMBERED_CUSTOMERS:
                self._customer_ids.clear()
            self._customer_ids[key] = found
        return found

    def _existing(self, organization_id: str, customer_id: str) -> str:
        try:
            return self._customers.get(organization_id, customer_id).id
        except NotFound as error:
            raise InvalidInput(
                f"customer.customerId is {customer_id!r}, expected the id of an existing customer",
                code="UNKNOWN_CUSTOMER",
            ) from error


class _Repeats:
    """The keys of one request, and those of the logs that it touches, each log read once."""

    def __init__(self, log: SignalLog, organization_id: str) -> None:
        self._log = log
        self._organization_id = organization_id
        self._in_log: dict[str, set[bytes]] = {}
        self._in_request: set[tuple[str, bytes]] = set()

    def is_repeat(self, customer_id: str | None, signal: Signal) -> bool:
        """Whether the customer's log or this request has the signal's key already; remembers it."""
        key_hash = hash_key(signal.idempotency_key)
        named = (customer_id or signal.external_customer_id or "", key_hash)
        if named in self._in_request:
            return True
        self._in_request.add(named)
        return customer_id is not None and key_hash in self._logged(customer_id)

    def _logged(self, customer_id: str) -> set[bytes]:
        if customer_id not in self._in_log:
            self._in_log[customer_id] = self._log.known_keys(LogId(self._organization_id, customer_id)).hashes
        return self._in_log[customer_id]


def _check_moment(sender: Sender, signal: Signal) -> None:
    if not sender.is_test and signal.occurred_at > sender.received_at + MAX_AHEAD:
        raise InvalidInput(
            f"timestamp is {signal.occurred_at.isoformat()}, expected at most 24 hours after the present",
            code="TIMESTAMP_IN_FUTURE",
        )
