"""Invoices on the wire (contract: section 4). Amounts are minor units."""

from datetime import date, datetime
from enum import StrEnum

from functions.billing.models.entity import Metadata
from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus, PaymentStatus
from functions.runtime.fields import LimitedMetadata
from functions.runtime.wire import FromMoment, MomentOut, Paging, ToMoment, Wire, day_out


class StatusFilter(StrEnum):
    """All statuses that the contract knows; no invoice of ours is ever in the others."""

    BUILDING = "building"
    DRAFT = "draft"
    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    CANCELED = "canceled"
    ERROR = "error"


class PaymentStatusFilter(StrEnum):
    """As `StatusFilter`, of payment."""

    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_PAID = "partiallyPaid"
    OVERDUE = "overdue"
    ERROR = "error"


class InvoiceQuery(Paging):
    """The filters of the listing; dates are inclusive, and a currency may be written in any case."""

    customer_id: str | None = None
    external_customer_id: str | None = None
    order_id: str | None = None
    status: StatusFilter | None = None
    payment_status: PaymentStatusFilter | None = None
    issue_date_from: FromMoment | None = None
    issue_date_to: ToMoment | None = None
    due_date_from: FromMoment | None = None
    due_date_to: ToMoment | None = None
    display_number: str | None = None
    purchase_order_reference: str | None = None
    currency: str | None = None

    def takes(self, invoice: Invoice, *, today: date) -> bool:
        """Whether the invoice is asked for, its customer apart."""
        exact = {
            "order_id": invoice.order_id,
            "status": invoice.status,
            "payment_status": invoice.payment_status(today),
            "display_number": invoice.display_number,
            "purchase_order_reference": invoice.purchase_order_reference,
        }
        return (
            all(getattr(self, name) in {None, value} for name, value in exact.items())
            and (self.currency is None or self.currency.upper() == invoice.currency)
            and _within(invoice.issue_date, self.issue_date_from, self.issue_date_to)
            and _within(invoice.due_date, self.due_date_from, self.due_date_to)
        )


class UpdateInvoice(Wire):
    """Only metadata can be changed through the API (contract); null clears it."""

    metadata: LimitedMetadata | None = None


class InvoiceOut(Wire):
    id: str
    display_number: str | None
    order_id: str
    customer_id: str
    status: InvoiceStatus
    payment_status: PaymentStatus
    source: str = "order_based"
    start_date: MomentOut
    end_date: MomentOut
    issue_date: MomentOut
    posted_date: MomentOut | None
    due_date: MomentOut
    currency: str
    tax_amount: int
    tax_rate: int = 0
    tax_status: str = "not_applicable"
    tax_exempt: bool = False
    invoice_total_excluding_tax: int
    invoice_total: int
    amount_due: int
    amount_paid: int
    amount_remaining: int
    credit_notes_total: int = 0
    metadata: Metadata | None
    payment_link: str | None = None
    dispute_link: str | None = None
    public_url_token: str | None = None
    billing_contact_id: str | None
    purchase_order_reference: str | None
    created_at: MomentOut
    updated_at: MomentOut


class InvoiceLineOut(Wire):
    """`unitPrice` is ours, beyond the contract; `quantity` is what is charged for."""

    id: str
    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    start_date: MomentOut
    end_date: MomentOut
    payment_status: PaymentStatus
    quantity: int
    unit_price: int
    total_price_before_tax: int
    tax: int = 0
    tax_rate: int = 0
    total_price_after_tax: int
    currency: str
    description: str
    balance_amount: int
    credited_amount: int = 0
    created_at: MomentOut
    updated_at: MomentOut


def invoice_out(invoice: Invoice, *, today: date) -> InvoiceOut:
    return InvoiceOut(
        id=invoice.id,
        display_number=invoice.display_number,
        order_id=invoice.order_id,
        customer_id=invoice.customer_id,
        status=invoice.status,
        payment_status=invoice.payment_status(today),
        start_date=day_out(invoice.period_start),
        end_date=day_out(invoice.period_end),
        issue_date=day_out(invoice.issue_date),
        posted_date=invoice.posted_at,
        due_date=day_out(invoice.due_date),
        currency=invoice.currency,
        tax_amount=invoice.tax_minor,
        invoice_total_excluding_tax=invoice.subtotal_minor,
        invoice_total=invoice.total_minor,
        amount_due=invoice.remaining_minor,
        amount_paid=invoice.paid_minor,
        amount_remaining=invoice.remaining_minor,
        metadata=invoice.metadata,
        billing_contact_id=invoice.billing_contact_id,
        purchase_order_reference=invoice.purchase_order_reference,
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
    )


def invoice_line_out(invoice: Invoice, line: InvoiceLine, *, today: date) -> InvoiceLineOut:
    payment_status = invoice.payment_status(today)
    return InvoiceLineOut(
        id=line.id,
        order_id=invoice.order_id,
        order_line_id=line.order_line_id,
        order_line_attribute_id=line.order_line_attribute_id,
        start_date=day_out(line.period_start),
        end_date=day_out(line.period_end),
        payment_status=payment_status,
        quantity=line.billed_quantity,
        unit_price=line.unit_price_minor,
        total_price_before_tax=line.amount_minor,
        total_price_after_tax=line.amount_minor,
        currency=invoice.currency,
        description=line.description,
        balance_amount=0 if payment_status is PaymentStatus.PAID else line.amount_minor,
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
    )


def _within(day: date, first: datetime | None, last: datetime | None) -> bool:
    moment = day_out(day)
    return (first is None or moment >= first) and (last is None or moment <= last)
