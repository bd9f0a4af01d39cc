"""What the core needs from the outside, in its own words. Adapters fulfil these; fakes do in tests.

Every method takes the organization first: there is no way to ask for a thing without saying whose (law 6).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from functions.billing.models.entity import Entity
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.organization import Organization
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.signal import SignalBatch
from functions.billing.models.usage import Checkpoint, RatingPlan

T = TypeVar("T")
E = TypeVar("E", bound=Entity)


class OutdatedError(Exception):
    """Somebody else wrote first; nothing was changed. Read again and decide anew."""


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A value and the revision it was read at; saving it names the revision that it replaces."""

    value: T
    revision: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of a collection and the exact size of the whole."""

    items: Sequence[T]
    total: int


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has an external id, and who has let go of it; `moves` says how often that happened, and only grows."""

    present: str | None
    past: frozenset[str]
    moves: int


class Collection(Protocol[E]):
    """The things of one kind; external ids are unique in it."""

    def get(self, organization_id: str, entity_id: str) -> E:
        """Raises NotFound."""
        ...

    def get_many(self, organization_id: str, entity_ids: Iterable[str]) -> dict[str, E]:
        """Those that exist, by id."""
        ...

    def resolve(self, organization_id: str, external_id: str) -> str | None:
        """The id that an external id (or an alias of one) leads to."""
        ...

    def holders(self, organization_id: str, external_id: str) -> Holders:
        """Whom an external id leads to, and whom it ever led to."""
        ...

    def page(
        self,
        organization_id: str,
        *,
        limit: int,
        offset: int,
        owner: str | None = None,
        where: Callable[[E], bool] | None = None,
    ) -> Page[E]:
        """In the order of creation; `owner` keeps to what belongs to that customer."""
        ...

    def insert(self, organization_id: str, entity: E) -> None:
        """Raises ExternalIdExists, or InvalidInput when the thing it belongs to is gone; writes all or nothing."""
        ...

    def modify(self, organization_id: str, entity_id: str, change: Callable[[E], E]) -> E:
        """Applies `change` to the newest version, again if somebody else was faster. Raises what `change` raises."""
        ...

    def delete(self, organization_id: str, entity_id: str, *, check: Callable[[E], None] | None = None) -> None:
        """Raises NotFound, Conflict while other things depend on it, or what `check` raises of the newest version."""
        ...


class Organizations(Protocol):
    """The tenants; the only port that is not asked on behalf of one."""

    def get(self, organization_id: str) -> Organization: ...

    def all(self) -> Iterator[Organization]: ...

    def set_clock(self, organization_id: str, day: date, *, now: datetime) -> Organization:
        """Raises InvalidInput when the clock would go backwards."""
        ...


class SignalLog(Protocol):
    """The append-only log; nothing in it is ever changed or removed."""

    def append(self, segment: Segment) -> None:
        """Raises OutdatedError when the segment's number is taken: at that instant somebody else's signals exist."""
        ...

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        """Up to `limit` segments following number `after`."""
        ...

    def known_keys(self, log: LogId) -> "KnownKeys":
        """All keys in the log as of now."""
        ...


@dataclass(frozen=True, slots=True)
class StandingFence:
    """The last fence of a log for some external id: at which of its moves, and in which segment."""

    moves: int
    segment: int


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """The key hashes of a log through its last segment, whose number and cumulative count are given.

    Each hash with the number of its segment; `fences` by external id.
    """

    hashes: dict[bytes, int]
    last_segment: int
    cumulative: int
    fences: dict[str, StandingFence]

    def fenced_at(self, external_id: str) -> int:
        """The moves of the external id that the log knows of; 0 without a fence."""
        fence = self.fences.get(external_id)
        return 0 if fence is None else fence.moves

    def has_before_fence(self, key_hash: bytes, external_id: str) -> bool:
        """Whether the log had the key when it was fenced for the external id."""
        fence = self.fences.get(external_id)
        return fence is not None and self.hashes.get(key_hash, fence.segment) < fence.segment


@dataclass(frozen=True, slots=True)
class RatingState:
    """A customer's plan and, per shard of its log, the checkpoint with its revision (0 when none is stored)."""

    plan: RatingPlan
    checkpoints: dict[int, Stored[Checkpoint]]


class Checkpoints(Protocol):
    """Where the rating of each log stands."""

    def load(self, organization_id: str, customer_id: str) -> RatingState: ...

    def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
        """Raises OutdatedError unless the stored revision is `replaces`."""
        ...


class OrderBook(Protocol):
    """What must change together when an order's terms begin or change."""

    def plan(self, organization_id: str, customer_id: str) -> Stored[RatingPlan]: ...

    def commit(
        self,
        organization_id: str,
        *,
        order: Stored[Order],
        plan: Stored[RatingPlan],
        schedule: Stored[BillingSchedule],
    ) -> None:
        """Writes the three in one transaction. Raises OutdatedError when one is no longer at its revision."""
        ...


class Schedules(Protocol):
    """When each active order is billed next."""

    def get(self, organization_id: str, order_id: str) -> Stored[BillingSchedule] | None: ...

    def get_many(self, organization_id: str, order_ids: Iterable[str]) -> dict[str, BillingSchedule]:
        """Those that exist, by order."""
        ...

    def all(self, organization_id: str) -> Iterator[BillingSchedule]: ...

    def move(self, organization_id: str, schedule: BillingSchedule, *, replaces: int) -> None:
        """Raises OutdatedError unless the stored revision is `replaces`."""
        ...


class InvoiceRegister(Protocol):
    """Invoices and their gapless numbers."""

    def get(self, organization_id: str, invoice_id: str) -> Invoice: ...

    def bill(
        self, organization_id: str, invoice: Invoice, *, schedule: Stored[BillingSchedule], now: datetime
    ) -> Invoice:
        """Stores a new invoice and moves its order's schedule, all or nothing; it gets a number if it posts itself.

        Raises OutdatedError when the schedule is no longer at its revision: somebody else billed, or the terms moved.
        """
        ...

    def modify(self, organization_id: str, invoice_id: str, change: Callable[[Invoice], Invoice]) -> Invoice:
        """Applies `change` to the newest version. Raises NotFound, and what `change` raises."""
        ...

    def post(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        """Gives the draft the organization's next number, both in one transaction; a posted one stays as it is."""
        ...


class SignalQueue(Protocol):
    def send(self, batch: SignalBatch) -> int:
        """How many signals were sent, counted from the front; fewer than all when a later part failed.

        Raises only when nothing was sent, for whoever called would send everything again.
        """
        ...


class InvoiceQueue(Protocol):
    def send(self, organization_id: str, order_ids: Sequence[str], *, as_of: date) -> None:
        """Asks for the invoices of these orders that are due on or before `as_of`."""
        ...


class DocumentQueue(Protocol):
    def send(self, organization_id: str, invoice_id: str) -> None:
        """Asks for the documents of a posted invoice."""
        ...


class Backlog(Protocol):
    """The work that is accepted and not yet done, over all queues."""

    def size(self) -> int: ...


class DocumentStore(Protocol):
    """Where the documents of posted invoices lie."""

    def read(self, key: str) -> bytes | None: ...

    def write(self, key: str, content: bytes, *, content_type: str) -> None: ...
