"""What is owed: an invoice and its lines. Amounts are integers of minor units of the invoice's currency."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field

from functions.billing.ids import derived_id
from functions.billing.models.customer import Address
from functions.billing.models.entity import CurrencyCode, Entity, Metadata, Value
from functions.billing.models.pricing import ChargeType, PricingModel
from functions.billing.models.tax import Percent, TaxSubtotal

if TYPE_CHECKING:
    from functions.billing.models.order import Order


class InvoiceStatus(StrEnum):
    """`draft -> posted -> voided`, never back (design: Invoices)."""

    DRAFT = "draft"
    POSTED = "posted"
    VOIDED = "voided"


class PaymentStatus(StrEnum):
    """How an invoice or a line of it stands on a day; what is late is overdue, also where a part of it is paid."""

    PENDING = "pending"
    PARTIALLY_PAID = "partiallyPaid"
    PAID = "paid"
    OVERDUE = "overdue"


class LineStep(Value):
    """One multiplication of a tiered line, `quantity * price_minor`; a flat fee is one fee. Tiers count from 1.

    `first` and `last` are the bounds of the tier, both inclusive; None is without end.
    """

    tier: int
    first: int = 0
    last: int | None = None
    quantity: int
    price_minor: int
    is_flat: bool = False


class InvoiceLine(Value):
    """One charge of one period (law 4: it explains itself).

    `quantity` is what was counted or sold, `billed_quantity` what of it is charged after the included, least and most
    quantities. `share_days` of `full_days` is the part of a full period that is charged.

    Of a percentage, `quantity` is the sum of the other recurring lines in minor units, of cost plus the costs in 10^-12
    major units, and `factor` what it is multiplied by. `steps` are given where a price has tiers, `unit_price_minor`
    where every unit costs the same.

    A late line charges usage of a period that was billed before: all of it at its price, less `billed_before_minor` for
    the `billed_before` that earlier invoices charged.

    A line that `repays` another, of an earlier invoice, gives back what that one charged for these days: its amount is
    negative.
    """

    id: str
    order_line_id: str
    order_line_attribute_id: str
    product_attribute_id: str | None = None
    pricing_version: int | None = None
    charge_type: ChargeType
    description: str
    period_start: date
    period_end: date
    pricing_model: PricingModel = PricingModel.PER_UNIT
    credits_currency_id: str | None = None
    quantity: int
    billed_quantity: int
    unit_price_minor: int | None = None
    factor: Decimal | None = None
    steps: tuple[LineStep, ...] = ()
    share_days: int = 1
    full_days: int = 1
    is_late: bool = False
    billed_before: int = 0
    billed_before_minor: int = 0
    repays: str | None = None
    amount_minor: int
    tax_rate: Percent = Decimal(0)
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.amount_minor + self.tax_minor


class Allocation(Value):
    """A part of a payment that pays for a part of a line; `allocated_at` is the organization's own time."""

    id: str
    payment_id: str
    line_id: str
    amount_minor: Annotated[int, Field(gt=0)]
    allocated_at: AwareDatetime


class Party(Value):
    """Buyer or seller as they were when the invoice was made; later changes do not reach it.

    `pay_to` is the seller's: lines of text that say how it is paid.
    """

    name: str
    legal_name: str | None = None
    address: Address | None = None
    contact_name: str | None = None
    email: str | None = None
    vat_number: str | None = None
    pay_to: tuple[str, ...] | None = None


def _is_empty(values: tuple[Value, ...]) -> bool:
    """What is not written takes no bytes, and can be read by code that knew no such field."""
    return not values


class Invoice(Entity):
    """An invoice of one order, currency and billing date. After posting only metadata changes, and what is paid.

    `number` is None until it is posted. `log_positions` are the segments (shard -> number) through which the usage was
    counted. `auto_post` is fixed when the invoice is made, so that a repeated run ends what a crashed one began.
    `taxes` has one entry per rate, none where tax is not applicable. `rebills` is the voided invoice it replaces.
    `allocations` are in the order in which they were made; those of a voided invoice count for nothing.
    """

    number: int | None = None
    order_id: str
    customer_id: str
    status: InvoiceStatus = InvoiceStatus.DRAFT
    auto_post: bool = False
    issue_date: date
    due_date: date
    posted_at: AwareDatetime | None = None
    currency: CurrencyCode
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxSubtotal, ...] = ()
    payment_terms: str | None = None
    purchase_order_reference: str | None = None
    billing_contact_id: str | None = None
    seller: Party
    buyer: Party
    log_positions: dict[int, int] = {}
    rebills: str | None = None
    allocations: Annotated[tuple[Allocation, ...], Field(exclude_if=_is_empty)] = ()
    metadata: Metadata | None = None

    @property
    def display_number(self) -> str | None:
        """The number as people read it: `INV-000001`; None for a draft."""
        return None if self.number is None else f"INV-{self.number:06d}"

    @property
    def overage_lines(self) -> tuple[InvoiceLine, ...]:
        """Those of credits that were taken beyond what was granted, and charged here for the first time."""
        return tuple(line for line in self.lines if line.credits_currency_id and line.quantity > line.billed_before)

    @property
    def subtotal_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(subtotal.tax_minor for subtotal in self.taxes)

    @property
    def total_minor(self) -> int:
        return self.subtotal_minor + self.tax_minor

    @property
    def due_minor(self) -> int:
        """What it asks for altogether; a voided invoice asks for nothing."""
        return 0 if self.status is InvoiceStatus.VOIDED else self.total_minor

    @property
    def paid_minor(self) -> int:
        return 0 if self.status is InvoiceStatus.VOIDED else sum(each.amount_minor for each in self.allocations)

    @property
    def remaining_minor(self) -> int:
        """What is still to be paid."""
        return self.due_minor - self.paid_minor

    @property
    def paid_at(self) -> datetime | None:
        """Since when it is settled: one that asks for nothing, since it was posted. Else None.

        One below zero never is: what it gives back is not paid out here, and stays in its balance.
        """
        if self.status is not InvoiceStatus.POSTED or self.remaining_minor != 0:
            return None
        return self.allocations[-1].allocated_at if self.allocations else self.posted_at

    def balance_minor(self, line: InvoiceLine) -> int:
        """What is still to be paid of the line, below 0 for a credit; nothing once nothing is of the invoice."""
        if self.status is InvoiceStatus.VOIDED or self.paid_at is not None:
            return 0
        return line.total_minor - self._paid_on(line)

    def payment_status(self, today: date) -> PaymentStatus:
        """Whether the invoice is paid, waits, or is late on `today`; one below zero waits for ever."""
        return self._payment_status(today, left_minor=self.remaining_minor, paid_minor=self.paid_minor)

    def line_payment_status(self, line: InvoiceLine, today: date) -> PaymentStatus:
        """As `payment_status`, of the line alone."""
        return self._payment_status(today, left_minor=self.balance_minor(line), paid_minor=self._paid_on(line))

    def _payment_status(self, today: date, *, left_minor: int, paid_minor: int) -> PaymentStatus:
        if self.status is not InvoiceStatus.POSTED or self.total_minor < 0:
            return PaymentStatus.PENDING
        if left_minor <= 0:
            return PaymentStatus.PAID
        if self.due_date < today:
            return PaymentStatus.OVERDUE
        return PaymentStatus.PARTIALLY_PAID if paid_minor else PaymentStatus.PENDING

    def _paid_on(self, line: InvoiceLine) -> int:
        return sum(each.amount_minor for each in self.allocations if each.line_id == line.id)

    def line_name(self, line: InvoiceLine) -> str:
        """The line's id for the outside: it tells the invoice too, so that a line is found by its id alone."""
        return f"{self.id}.{line.id}"

    def line_named(self, name: str) -> InvoiceLine | None:
        """The line of that `line_name`, or of that id."""
        return next((line for line in self.lines if name in {line.id, self.line_name(line)}), None)

    @property
    def period_start(self) -> date:
        return min(line.period_start for line in self.lines)

    @property
    def period_end(self) -> date:
        return max(line.period_end for line in self.lines)

    def posted(self, *, number: int, now: datetime) -> "Invoice":
        """This draft, posted with its number."""
        changes = {
            "status": InvoiceStatus.POSTED,
            "number": number,
            "posted_at": now,
            "updated_at": now,
        }
        return self.model_copy(update=changes)

    def voided(self, *, now: datetime) -> "Invoice":
        """This posted invoice, voided; its number stays used."""
        return self.model_copy(update={"status": InvoiceStatus.VOIDED, "updated_at": now})

    def with_allocation(self, allocation: Allocation) -> "Invoice":
        """This posted invoice, of which so much more is paid."""
        changes = {"allocations": (*self.allocations, allocation), "updated_at": allocation.allocated_at}
        return self.model_copy(update=changes)


def invoice_id(order: "Order", issue_date: date) -> str:
    """The id of the order's invoice of that date: computing it again names the same invoice."""
    return invoice_id_of(order.id, order.currency, issue_date)


def invoice_id_of(order_id: str, currency: str, issue_date: date) -> str:
    return derived_id("inv", order_id, currency, issue_date.isoformat())


def rebill_id(voided: Invoice) -> str:
    """The id of the invoice that takes a voided one's place: asking twice names the same."""
    return derived_id("inv", voided.id, "rebilled")
