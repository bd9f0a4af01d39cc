"""The front door of signals: what is wrong by itself is refused, what is known is told, the rest goes to the queue.

The repeats counted here are those that can be seen before the append. Copies still in flight are caught there: the
append is the authority, this is the honest answer as of now (design: "The signal log").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from functions.billing.errors import BillingError, InvalidInput, NotFound
from functions.billing.leaves import KeyFinder
from functions.billing.models.customer import Customer
from functions.billing.models.segment import LogId, hash_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.ports import Collection, SignalLog, SignalQueue

MAX_CUSTOMERS = 1_000
"""Customers per request: each costs the worker some calls, and a message must be done within one of its turns."""

_NOT_SENT = BillingError("the signal could not be queued, send it again", code="NOT_SENT")

_REMEMBERED_CUSTOMERS = 100_000

_Reference = tuple[str | None, str | None]
"""A customer as a signal names it, by id or external id: an external id may read like another customer's id."""


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


class AcceptSignals:
    """Checks signals one by one and sends those that are new."""

    def __init__(self, *, customers: Collection[Customer], log: SignalLog, queue: SignalQueue) -> None:
        self._customers = customers
        self._log = log
        self._queue = queue
        self._remembered: dict[tuple[str, _Reference], str] = {}

    def __call__(self, sender: Sender, signals: Iterable[tuple[int, Signal]]) -> Accepted:
        """Sends what is new of `signals`, each with its index in the request.

        Raises InvalidInput for too many customers; whatever this raises, nothing was sent.
        """
        signals = list(signals)
        _check_customers(signals)
        names = _Names(self._customers, sender.organization_id, self._remembered)
        known = _Repeats(self._log, sender.organization_id)
        failures: list[Failure] = []
        fresh: list[tuple[int, Signal]] = []
        duplicates = 0
        for index, signal in signals:
            try:
                sender.check_moment(signal.occurred_at)
                customer_id = names.customer_of(signal)
                if known.in_log(customer_id, signal):
                    customer_id = names.customer_now(signal)
            except BillingError as error:
                failures.append(Failure(index, error))
                continue
            if known.in_log(customer_id, signal) or known.in_request(customer_id, signal):
                duplicates += 1
            else:
                fresh.append((index, signal))
        sent = self._send(sender, [signal for _, signal in fresh])
        failures += [Failure(index, _NOT_SENT) for index, _ in fresh[sent:]]
        return Accepted(sent, duplicates, failures)

    def _send(self, sender: Sender, signals: Sequence[Signal]) -> int:
        if not signals:
            return 0
        batch = SignalBatch(
            organization_id=sender.organization_id, received_at=sender.received_at, signals=tuple(signals)
        )
        return self._queue.send(batch)


class _Names:
    """Which customers the names of one request lead to; None for an external id that nobody has yet."""

    def __init__(
        self, customers: Collection[Customer], organization_id: str, remembered: dict[tuple[str, _Reference], str]
    ) -> None:
        self._customers = customers
        self._organization_id = organization_id
        self._remembered = remembered
        self._looked_up: dict[_Reference, str | None] = {}

    def customer_of(self, signal: Signal) -> str | None:
        """As an earlier request found it, if one did: good enough for a new signal, which the worker resolves anew."""
        named = (self._organization_id, _reference(signal))
        return self._remembered[named] if named in self._remembered else self.customer_now(signal)

    def customer_now(self, signal: Signal) -> str | None:
        """As this request finds it: a name may have moved since, and what is taken for a repeat is never sent."""
        reference = _reference(signal)
        if reference not in self._looked_up:
            self._looked_up[reference] = self._look_up(signal)
            self._remember(reference, self._looked_up[reference])
        found = self._looked_up[reference]
        if found is None and signal.customer_id is not None:
            raise InvalidInput(
                f"customer.customerId is {signal.customer_id!r}, expected the id of an existing customer",
                code="UNKNOWN_CUSTOMER",
            )
        return found

    def _look_up(self, signal: Signal) -> str | None:
        if signal.customer_id is None:
            return self._customers.resolve(self._organization_id, signal.external_customer_id or "")
        try:
            return self._customers.get(self._organization_id, signal.customer_id).id
        except NotFound:
            return None

    def _remember(self, reference: _Reference, customer_id: str | None) -> None:
        self._remembered.pop((self._organization_id, reference), None)
        if len(self._remembered) >= _REMEMBERED_CUSTOMERS:
            self._remembered.clear()
        if customer_id is not None:
            self._remembered[self._organization_id, reference] = customer_id


class _Repeats:
    """The keys of one request, and those of the logs that it touches, each log read once."""

    def __init__(self, log: SignalLog, organization_id: str) -> None:
        self._keys = KeyFinder(log)
        self._organization_id = organization_id
        self._in_request: set[tuple[str | _Reference, bytes]] = set()

    def in_log(self, customer_id: str | None, signal: Signal) -> bool:
        """Whether the customer's log has the signal's key."""
        if customer_id is None:
            return False
        key_hash = hash_key(signal.idempotency_key)
        return self._keys.leaf(LogId(self._organization_id, customer_id), key_hash).find(key_hash) is not None

    def in_request(self, customer_id: str | None, signal: Signal) -> bool:
        """Whether the request had the customer's key before; remembers it."""
        named = (customer_id or _reference(signal), hash_key(signal.idempotency_key))
        if named in self._in_request:
            return True
        self._in_request.add(named)
        return False


def _reference(signal: Signal) -> _Reference:
    return signal.customer_id, signal.external_customer_id


def _check_customers(signals: Iterable[tuple[int, Signal]]) -> None:
    customers = len({_reference(signal) for _, signal in signals})
    if customers > MAX_CUSTOMERS:
        raise InvalidInput(f"signals are of {customers} customers, expected at most {MAX_CUSTOMERS} in one request")
