"""The front door of signals: what is wrong by itself is refused, what is known is told, the rest goes to the queue.

The repeats counted here are those that can be seen before the append. Copies still in flight are caught there: the
append is the authority, this is the honest answer as of now (design: "The signal log").

A thousand signals pass in little more than the time that reading them takes: each of them costs one turn of one loop.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Protocol

from functions.billing.errors import BillingError, InvalidInput, KeyReused, NotFound
from functions.billing.leaves import KeyFinder
from functions.billing.models.customer import Customer
from functions.billing.models.key_memory import KnownKey
from functions.billing.models.segment import LogId, hash_key, hash_payload
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.models.signal_message import SignalMessage
from functions.billing.ports import Collection, SignalLog, SignalQueue

MAX_CUSTOMERS = 1_000
"""Customers per request: each costs the worker some calls, and a message must be done within one of its turns."""

MAX_CONFLICTS = 1_000
"""Conflicts that are told: each is looked at as a whole."""

_NOT_SENT = BillingError("the signal could not be queued, send it again with the same idempotencyKey", code="NOT_SENT")

_REMEMBERED_CUSTOMERS = 100_000

Reference = tuple[str | None, str | None]
"""A customer as a signal names it, by id or external id: an external id may read like another customer's id."""


@dataclass(frozen=True, slots=True)
class Headings:
    """What tells whether signals are new, column by column; a signal without a time of its own has that of receipt."""

    indexes: Sequence[int]
    customers: Sequence[Reference]
    moments: Sequence[datetime]
    keys: Sequence[str]

    def without(self, refused: Container[int]) -> "Headings":
        rows = zip(self.indexes, self.customers, self.moments, self.keys, strict=True)
        left = [row for row in rows if row[0] not in refused]
        return Headings(*(list(column) for column in zip(*left, strict=True))) if left else Headings([], [], [], [])


class SentSignals(Protocol):
    """The signals of one request, by their indexes in it, which count from 0."""

    def headings(self) -> Headings: ...

    def signal(self, index: int) -> Signal: ...

    def messages(self, indexes: Sequence[int]) -> Sequence[SignalMessage]:
        """The messages that bring these signals to the log, in this order."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one signal of a request was refused; `index` counts from 0."""

    index: int
    error: BillingError


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a bulk request: `ingested + duplicates + failures` is what was sent.

    `conflicts` are those of the duplicates, up to `MAX_CONFLICTS`, whose key came with another payload before.
    """

    ingested: int
    duplicates: int
    failures: Sequence[Failure]
    conflicts: Sequence[Failure] = ()


class AcceptSignals:
    """Checks signals one by one and sends those that are new."""

    def __init__(self, *, customers: Collection[Customer], log: SignalLog, queue: SignalQueue) -> None:
        self._customers = customers
        self._log = log
        self._queue = queue
        self._remembered: dict[tuple[str, Reference], str] = {}

    def __call__(self, sender: Sender, sent: SentSignals) -> Accepted:
        """Sends what is new.

        Raises InvalidInput for too many customers; whatever this raises, nothing was sent.
        """
        headings = sent.headings()
        _check_customers(headings.customers)
        failures = _from_the_future(sender, headings)
        if failures:
            headings = headings.without({failure.index for failure in failures})
        names = _Names(self._customers, sender.organization_id, self._remembered)
        sorting = _Sorting(_Logs(names, KeyFinder(self._log), sender.organization_id))
        sorting.sort(headings)
        conflicts = tuple(islice(_conflicts(sent, sorting.repeats), MAX_CONFLICTS))
        count = self._send(sender, sent, sorting.fresh)
        failures += [*sorting.failures, *(Failure(index, _NOT_SENT) for index in sorting.fresh[count:])]
        return Accepted(count, len(sorting.repeats), failures, conflicts)

    def _send(self, sender: Sender, sent: SentSignals, indexes: Sequence[int]) -> int:
        return self._queue.send(sender, sent.messages(indexes)) if indexes else 0


class _Names:
    """Which customers the names of one request lead to; None for an external id that nobody has yet."""

    def __init__(
        self, customers: Collection[Customer], organization_id: str, remembered: dict[tuple[str, Reference], str]
    ) -> None:
        self._customers = customers
        self._organization_id = organization_id
        self._remembered = remembered
        self._looked_up: dict[Reference, str | None] = {}

    def customer_of(self, reference: Reference) -> str | None:
        """As an earlier request found it, if one did: good enough for a new signal, which the worker resolves anew."""
        named = (self._organization_id, reference)
        return self._remembered[named] if named in self._remembered else self.customer_now(reference)

    def customer_now(self, reference: Reference) -> str | None:
        """As this request finds it: a name may have moved since, and what is taken for a repeat is never sent."""
        if reference not in self._looked_up:
            self._looked_up[reference] = self._look_up(*reference)
            self._remember(reference, self._looked_up[reference])
        found, own_id = self._looked_up[reference], reference[0]
        if found is None and own_id is not None:
            raise InvalidInput(
                f"customer.customerId is {own_id!r}, expected the id of an existing customer", code="UNKNOWN_CUSTOMER"
            )
        return found

    def _look_up(self, own_id: str | None, external_id: str | None) -> str | None:
        if own_id is None:
            return self._customers.resolve(self._organization_id, external_id or "")
        try:
            return self._customers.get(self._organization_id, own_id).id
        except NotFound:
            return None

    def _remember(self, reference: Reference, customer_id: str | None) -> None:
        self._remembered.pop((self._organization_id, reference), None)
        if len(self._remembered) >= _REMEMBERED_CUSTOMERS:
            self._remembered.clear()
        if customer_id is not None:
            self._remembered[self._organization_id, reference] = customer_id


@dataclass(frozen=True, slots=True)
class _Log:
    """The keys of one customer: how to find one that is logged, and the indexes of those met in the request.

    With an `error` there is no such customer.
    """

    find: Callable[[bytes], KnownKey | None]
    met: dict[bytes, int]
    error: BillingError | None = None


class _Logs:
    """By what signals call their customers; each log is read once.

    Two names are never taken for one customer's among the keys of a request: where a name leads may change until the
    append, and what is taken for a repeat is never sent.
    """

    def __init__(self, names: _Names, keys: KeyFinder, organization_id: str) -> None:
        self.by_name: dict[Reference, _Log] = {}
        self._names = names
        self._keys = keys
        self._organization_id = organization_id
        self._met: dict[Reference, dict[bytes, int]] = {}
        self._up_to_date: set[Reference] = set()

    def open(self, reference: Reference, key_hash: bytes) -> _Log:
        """The log of a name, for this key and all others."""
        return self._open(reference, key_hash, self._names.customer_of)

    def reopen(self, reference: Reference, key_hash: bytes) -> _Log:
        """The log that the name leads to at this moment."""
        if reference in self._up_to_date:
            return self.by_name[reference]
        self._up_to_date.add(reference)
        return self._open(reference, key_hash, self._names.customer_now)

    def _open(self, reference: Reference, key_hash: bytes, customer_of: Callable[[Reference], str | None]) -> _Log:
        try:
            customer_id = customer_of(reference)
        except InvalidInput as error:
            log = _Log(_finds_nothing, {}, error)
        else:
            find = _finds_nothing if customer_id is None else self._finder(customer_id, key_hash)
            log = _Log(find, self._met.setdefault(reference, {}))
        self.by_name[reference] = log
        return log

    def _finder(self, customer_id: str, key_hash: bytes) -> Callable[[bytes], KnownKey | None]:
        """Most logs are in one piece, and then there is no need to ask in which of them each key lies."""
        log, keys = LogId(self._organization_id, customer_id), self._keys
        leaf = keys.leaf(log, key_hash)
        return leaf.keys.find if leaf.log == log else lambda key_hash: keys.leaf(log, key_hash).find(key_hash)


def _finds_nothing(_: bytes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A signal whose key the log has, as `known`, or else an earlier signal of the request, at the index `first`."""

    index: int
    known: KnownKey | None
    first: int


@dataclass(frozen=True, slots=True)
class _Sorting:
    """The signals of one request, sorted out by their indexes."""

    logs: _Logs
    fresh: list[int] = field(default_factory=list[int])
    repeats: list[_Repeat] = field(default_factory=list[_Repeat])
    failures: list[Failure] = field(default_factory=list[Failure])

    def sort(self, headings: Headings) -> None:
        """One turn for each signal: all that it does not need was done before, or is done by `_look_closer`."""
        by_name, fresh = self.logs.by_name, self.fresh
        key_hashes = map(hash_key, headings.keys)
        for index, reference, key_hash in zip(headings.indexes, headings.customers, key_hashes, strict=True):
            log = by_name.get(reference)
            if log is None:
                log = self.logs.open(reference, key_hash)
            is_new = log.find(key_hash) is None and log.error is None
            if is_new and log.met.setdefault(key_hash, index) == index:
                fresh.append(index)
            else:
                self._look_closer(index, reference, key_hash)

    def _look_closer(self, index: int, reference: Reference, key_hash: bytes) -> None:
        """What seems to be a repeat may be none: the name of its customer may have moved."""
        log = self.logs.by_name[reference]
        known = log.find(key_hash)
        if known is not None:
            log = self.logs.reopen(reference, key_hash)
            known = log.find(key_hash)
        if log.error is not None:
            self.failures.append(Failure(index, log.error))
            return
        first = log.met.setdefault(key_hash, index) if known is None else index
        if known is None and first == index:
            self.fresh.append(index)
        else:
            self.repeats.append(_Repeat(index, known, first))


def _conflicts(sent: SentSignals, repeats: Iterable[_Repeat]) -> Iterator[Failure]:
    """The repeats of a key that stood for something else the first time; no signal is looked at twice."""

    @cache
    def first_hash(index: int) -> bytes:
        return hash_payload(sent.signal(index))

    for repeat in repeats:
        signal, known = sent.signal(repeat.index), repeat.known
        if hash_payload(signal) != (first_hash(repeat.first) if known is None else known.payload_hash):
            yield Failure(repeat.index, KeyReused(signal.idempotency_key))


def _from_the_future(sender: Sender, headings: Headings) -> list[Failure]:
    """If the latest moment of all is none too late, no other is."""
    if _refusal(sender, max(headings.moments, default=sender.received_at)) is None:
        return []
    refusals = (
        (index, _refusal(sender, moment)) for index, moment in zip(headings.indexes, headings.moments, strict=True)
    )
    return [Failure(index, error) for index, error in refusals if error is not None]


def _refusal(sender: Sender, moment: datetime) -> InvalidInput | None:
    try:
        sender.check_moment(moment)
    except InvalidInput as error:
        return error
    return None


def _check_customers(customers: Iterable[Reference]) -> None:
    count = len(set(customers))
    if count > MAX_CUSTOMERS:
        raise InvalidInput(f"signals are of {count} customers, expected at most {MAX_CUSTOMERS} in one request")
