"""What is owed: an invoice and its lines. Amounts are integers of minor units of the invoice's currency."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import AwareDatetime

from functions.billing.models.customer import Address
from functions.billing.models.entity import CurrencyCode, Entity, Metadata, Value
from functions.billing.models.pricing import ChargeType, PricingModel
from functions.billing.models.tax import Percent, TaxSubtotal


class InvoiceStatus(StrEnum):
    """`draft -> posted -> voided`, never back (design: Invoices)."""

    DRAFT = "draft"
    POSTED = "posted"
    VOIDED = "voided"


class PaymentStatus(StrEnum):
    PENDING = "pending"
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
    amount_minor: int
    tax_rate: Percent = Decimal(0)
    tax_minor: int = 0


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


class Invoice(Entity):
    """An invoice of one order, currency and billing date. Only metadata changes after posting.

    `number` is None until it is posted. `log_positions` are the segments (shard -> number) through which the usage was
    counted. `auto_post` is fixed when the invoice is made, so that a repeated run ends what a crashed one began.
    `taxes` has one entry per rate, none where tax is not applicable. `rebills` is the voided invoice it replaces.
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
    metadata: Metadata | None = None

    @property
    def display_number(self) -> str | None:
        """The number as people read it: `INV-000001`; None for a draft."""
        return None if self.number is None else f"INV-{self.number:06d}"

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
    def paid_minor(self) -> int:
        """No payment can be recorded yet."""
        return 0

    @property
    def remaining_minor(self) -> int:
        """What is still to be paid; a voided invoice asks for nothing."""
        return 0 if self.status is InvoiceStatus.VOIDED else self.total_minor - self.paid_minor

    def payment_status(self, today: date) -> PaymentStatus:
        """Whether the invoice is paid, waits, or is late on `today`."""
        if self.status is not InvoiceStatus.POSTED:
            return PaymentStatus.PENDING
        if self.remaining_minor <= 0:
            return PaymentStatus.PAID
        return PaymentStatus.OVERDUE if self.due_date < today else PaymentStatus.PENDING

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
