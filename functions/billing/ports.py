"""What the core needs from the outside, in its own words. Adapters fulfil these; fakes do in tests.

Every method takes the organization first: there is no way to ask for a thing without saying whose (law 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from functions.billing.models.entity import Entity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from functions.billing.models.amendment import Amendment
    from functions.billing.models.cost import Priced, TokenUsage
    from functions.billing.models.credit import CreditBook, CreditGrant, ManualGrant
    from functions.billing.models.customer import Customer
    from functions.billing.models.invoice import Invoice
    from functions.billing.models.known_keys import KnownKeys
    from functions.billing.models.order import Order, SeatAssignments
    from functions.billing.models.organization import Organization
    from functions.billing.models.plan import Plan, Variant
    from functions.billing.models.product import Product
    from functions.billing.models.schedule import BillingSchedule
    from functions.billing.models.segment import LogId, Segment, SignalPosition
    from functions.billing.models.sender import Sender
    from functions.billing.models.settlement import Message, Settlement
    from functions.billing.models.signal import SignalBatch
    from functions.billing.models.signal_message import SignalMessage
    from functions.billing.models.tax import TaxDecision
    from functions.billing.models.unpriced import CostSegments, Place
    from functions.billing.models.usage import Checkpoint, RatingPlan, UsagePage
    from functions.billing.periods import Period
    from functions.billing.telemetry.apart import Claim

T = TypeVar("T")
E = TypeVar("E", bound=Entity)


class OutdatedError(Exception):
    """Somebody else wrote first; nothing was changed. Read again and decide anew."""


class MissingPageError(Exception):
    """Usage that a checkpoint names is gone: no BillingError, for nothing is wrong with what was asked."""


class LogTooLongError(Exception):
    """What was asked for takes more of the log than one call can read."""


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

    def get_many(self, organization_id: str, entity_ids: Iterable[str], *, fresh: bool = True) -> dict[str, E]:
        """Those that exist, by id; not `fresh` costs half and may be a moment old."""
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


class PlanShelf(Protocol):
    """Plans, with the products that say which of them is the default."""

    def save(
        self, organization_id: str, product_id: str, plan_id: str, change: Callable[[Product, Plan | None], Variant]
    ) -> Variant:
        """Applies `change` to the newest product and plan, None for a new one, and again if somebody was faster.

        Both are written, or neither. Raises NotFound for the product, ExternalIdExists, and what `change` raises.
        """
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

    def grown(self, ends: Mapping[LogId, int]) -> set[LogId]:
        """Which of the logs have a segment after the given number."""
        ...

    def known_keys(self, log: LogId) -> KnownKeys:
        """All keys in the shard as of now; what is answered grows with the next question, so it is not to be kept."""
        ...


class CostHistory(Protocol):
    """The log read back for what was paid, whole segments at a time, and first those that were appended last.

    With `days`, segments whose costs all arose before them, or all behind them, may be missing. Each method raises
    LogTooLongError as it goes, once it has read as much as one call can.
    """

    def of_customer(
        self, organization_id: str, customer_id: str, *, since: datetime, days: Period | None = None
    ) -> Iterator[Segment]:
        """Those with costs in all shards of a customer's log that were appended at `since` or later."""
        ...

    def of_everybody(
        self,
        organization_id: str,
        *,
        since: datetime,
        days: Period | None = None,
        named: Callable[[str, str | None, str | None], bool] | None = None,
    ) -> Iterator[Segment]:
        """Those with costs; with `named`, with some whose customer, product's id and its external id it takes."""
        ...

    def around(
        self, position: SignalPosition, *, since: datetime, until: datetime, with_signals: bool = False
    ) -> Iterator[Segment]:
        """Those of its customer's log, in any shard, that were appended in between, both inclusive, and have costs.

        `with_signals` those without costs too. Where the position lies in that time, it is read outward from there.
        """
        ...


@dataclass(frozen=True, slots=True)
class RatingState:
    """A customer's plan and, per shard of its log, the checkpoint with its revision (0 when none is stored)."""

    plan: RatingPlan
    checkpoints: dict[int, Stored[Checkpoint]]


class Checkpoints(Protocol):
    """Where the rating of each log stands."""

    def load(self, organization_id: str, customer_id: str) -> RatingState: ...

    def load_many(self, organization_id: str, customer_ids: Iterable[str]) -> dict[str, RatingState]:
        """As `load`, for each of the customers, but that a checkpoint may be a moment old, and only of shard 0."""
        ...

    def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
        """Raises OutdatedError unless the stored revision is `replaces`."""
        ...

    def whole(self, rated: Mapping[LogId, Checkpoint]) -> dict[LogId, Checkpoint]:
        """The same with the usage that lies on pages. Raises MissingPageError."""
        ...

    def put_page(self, log: LogId, key: str, page: UsagePage) -> None:
        """Puts it where there is none of that key: one that is there is the same, and stays."""
        ...


class Granted(Protocol):
    """Everything that was granted to a customer through a day: see `find_grants`."""

    def __call__(
        self, organization_id: str, customer_id: str, plan: RatingPlan, *, through: date
    ) -> Sequence[CreditGrant]: ...


@dataclass(frozen=True, slots=True)
class Booked:
    """A grant as it stands in the book, and whether it was not there before."""

    grant: ManualGrant
    is_new: bool


class CreditBooks(Protocol):
    """What was granted to each customer by hand."""

    def get(self, organization_id: str, customer_id: str) -> CreditBook:
        """An empty one if nothing was ever granted."""
        ...

    def open(self, organization_id: str, customer_id: str) -> None:
        """Puts an empty book where there is none: who has one is found among those that have credits."""
        ...

    def holders(self, organization_id: str, *, limit: int) -> list[str]:
        """The customers that have a book, so many of them at most."""
        ...

    def add(self, organization_id: str, customer_id: str, give: Callable[[RatingPlan], ManualGrant]) -> Booked:
        """Adds what `give` makes of the customer's plan, which it does again if that, or the book, changes meanwhile.

        What repeats a grant that is there leaves it as it is. Raises InvalidInput for a full book.
        """
        ...


class Settlements(Protocol):
    """What became of the messages whose signals are not all in the log by them."""

    def record(self, organization_id: str, settlement: Settlement) -> None:
        """Puts it; where the message has one already, what stands then is `Settlement.after` it."""
        ...

    def replace(self, organization_id: str, settlement: Settlement, *, replaces: int) -> None:
        """Raises OutdatedError unless the stored revision is `replaces`."""
        ...

    def get(self, organization_id: str, message: str) -> Stored[Settlement]:
        """Raises NotFound."""
        ...

    def all(self, organization_id: str, *, after: str = "") -> Iterator[Stored[Settlement]]:
        """In the order of the messages' ids, hence by day; those that follow `after`."""
        ...


class Shelf(Protocol):
    """Where messages lie that may be sent again."""

    def keep(self, message: Message) -> str:
        """Answers the key it lies at, which is the same for each delivery of it."""
        ...

    def body(self, key: str) -> str | None: ...


class Returns(Protocol):
    """The way back into the signal queue."""

    def send(self, body: str) -> None: ...

    def move_back(self, *, at_most: int) -> int:
        """How many of its dead letters were moved; not all of them if others take some at the same time."""
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
        amendment: Amendment | None = None,
        seats: Stored[SeatAssignments] | None = None,
    ) -> None:
        """Writes the three in one transaction, and with them the record of an amendment, and who sits on its seats.

        Raises OutdatedError when one is no longer at its revision, or the record is there already.
        """
        ...

    def amendment(self, organization_id: str, amendment_id: str) -> Amendment | None:
        """The record of an amendment, None if nothing was done under that id."""
        ...

    def seats(self, organization_id: str, order_id: str) -> Stored[SeatAssignments]: ...

    def commit_seats(
        self, organization_id: str, order: Order, seats: Stored[SeatAssignments], plan: Stored[RatingPlan]
    ) -> None:
        """Writes who sits where and the plan in one transaction. Raises OutdatedError as `commit` does."""
        ...


class Schedules(Protocol):
    """Where the billing of each active order stands."""

    def get(self, organization_id: str, order_id: str) -> Stored[BillingSchedule] | None: ...

    def get_many(
        self, organization_id: str, order_ids: Iterable[str], *, fresh: bool = True
    ) -> dict[str, Stored[BillingSchedule]]:
        """Those that exist, by order; not `fresh` may be a moment old, and then does not `move`."""
        ...

    def all(self, organization_id: str) -> Iterator[BillingSchedule]: ...

    def move(self, organization_id: str, schedules: Sequence[Stored[BillingSchedule]]) -> set[str]:
        """Moves each schedule that is at the given revision still, 0 for none yet; answers the orders of those."""
        ...

    def is_kept(self, organization_id: str, schedule: BillingSchedule) -> bool:
        """Whether the invoice that the schedule promises exists, if it promises one."""
        ...


class InvoiceRegister(Protocol):
    """Invoices and their gapless numbers.

    A run numbers many invoices at once: `take_numbers` says which number each of them has, for ever and before they
    exist; whoever finds one missing later puts it with the number it was given.
    """

    def get(self, organization_id: str, invoice_id: str) -> Invoice: ...

    def get_many(self, organization_id: str, invoice_ids: Iterable[str], *, fresh: bool = True) -> dict[str, Invoice]:
        """Those that exist, by id; not `fresh` may miss what is new."""
        ...

    def load(self, organization_id: str, invoice_id: str) -> Stored[Invoice]:
        """As `get`, with the revision that `write` asks for."""
        ...

    def modify(self, organization_id: str, invoice_id: str, change: Callable[[Invoice], Invoice]) -> Invoice:
        """Applies `change` to the newest version. Raises NotFound, and what `change` raises."""
        ...

    def write(
        self,
        organization_id: str,
        invoice: Stored[Invoice],
        schedule: Stored[BillingSchedule],
        *,
        posted_at: datetime | None = None,
    ) -> Invoice:
        """Puts both in the place of the given revisions (0 for a new invoice), or neither.

        With `posted_at` the invoice is posted with the organization's next number in the same transaction.
        Raises OutdatedError when one of the two is at another revision.
        """
        ...

    def latest_number(self, organization_id: str) -> int:
        """The last number that is given, 0 before the first."""
        ...

    def take_numbers(self, organization_id: str, invoice_ids: Sequence[str], *, after: int) -> dict[str, int]:
        """The numbers of the invoices: those they were given after the number `after`, else the next ones."""
        ...

    def insert(self, organization_id: str, invoices: Sequence[Invoice]) -> None:
        """Puts the invoices; one that exists already stays as it is."""
        ...


class TaxCalculator(Protocol):
    """Decides the tax on what a seller sells to a buyer."""

    def decide(self, seller: Organization, buyer: Customer) -> TaxDecision | None:
        """None where tax is not applicable."""
        ...


class TokenPrices(Protocol):
    """What calls of models cost, by a list of prices that is pinned: the same question has the same answer."""

    def price(self, vendor: str, model: str, usage: TokenUsage, *, at: datetime) -> Priced | None:
        """By the prices of the moment `at`; None for a vendor or model that the list has not."""
        ...


class CostLog(Protocol):
    """The costs that stand in the logs of an organization's customers."""

    def segments(self, organization_id: str, customer_id: str | None, *, before: Place | None) -> CostSegments:
        """Those that hold costs, of one customer or of all, newest first: those that have an entry before the place.

        As many as may be read at once, and perhaps none: then `next` says where to go on.
        """
        ...


class SignalQueue(Protocol):
    def send(self, sender: Sender, messages: Sequence[SignalMessage]) -> int:
        """How many signals were sent, counted from the front; fewer than all when a later message failed.

        Raises only when nothing was sent, for whoever called would send everything again.
        """
        ...


class SpanClaims(Protocol):
    def claim(self, organization_id: str, claim: Claim) -> bool:
        """Leaves its mark and answers True, unless the other side was first; the same again, the same answer."""
        ...


class CostQueue(Protocol):
    def send(self, batch: SignalBatch) -> None:
        """Sends all of the batch or, if this raises, nothing. Raises TooLarge when it does not fit in one message."""
        ...


class InvoiceQueue(Protocol):
    def send(self, organization_id: str, order_ids: Sequence[str], *, as_of: date) -> None:
        """Asks for the invoices of these orders that are due on or before `as_of`, some orders a message."""
        ...


class DocumentQueue(Protocol):
    def send(self, organization_id: str, invoice_ids: Sequence[str]) -> None:
        """Asks for the documents of posted invoices."""
        ...


class Backlog(Protocol):
    """The work that is accepted and not yet done, over all queues."""

    def size(self) -> int: ...


class DocumentStore(Protocol):
    """Where the documents of posted invoices lie."""

    def read(self, key: str) -> bytes | None: ...

    def write(self, key: str, content: bytes, *, content_type: str) -> None: ...
