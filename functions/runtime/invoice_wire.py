"""Invoices on the wire (contract: section 4). Amounts are minor units."""

from datetime import date
from enum import StrEnum

from functions.billing.invoicing.tax import overall_rate
from functions.billing.models.entity import Metadata
from functions.billing.models.invoice import Invoice, InvoiceLine, InvoiceStatus, PaymentStatus
from functions.billing.models.tax import TaxCategory, TaxSubtotal
from functions.runtime.wire import MomentOut, NumberOut, Wire, day_out


class TaxStatus(StrEnum):
    """How far an invoice's tax has come."""

    NOT_APPLICABLE = "not_applicable"
    CALCULATED = "calculated"
    COMMITTED = "committed"
    VOIDED = "voided"


class TaxOut(Wire):
    """The tax of all lines of one rate: the rate in percent, why it applies, and the amounts."""

    rate: NumberOut
    category: TaxCategory
    country: str | None
    reason: str | None
    taxable: int
    tax: int


class InvoiceOut(Wire):
    """`taxes` is ours, beyond the contract. `taxRate` is in percent; of several rates, what they come to together."""

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
    tax_rate: NumberOut
    tax_status: TaxStatus
    tax_exempt: bool
    taxes: list[TaxOut]
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
    """`quantity` is what is charged for; `unitPrice` is ours, and null where not every unit costs the same."""

    id: str
    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    start_date: MomentOut
    end_date: MomentOut
    payment_status: PaymentStatus
    quantity: int
    unit_price: int | None
    total_price_before_tax: int
    tax: int
    tax_rate: NumberOut
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
        tax_rate=overall_rate(invoice),
        tax_status=_tax_status(invoice),
        tax_exempt=_is_exempt(invoice),
        taxes=[_tax_out(subtotal) for subtotal in invoice.taxes],
        invoice_total_excluding_tax=invoice.subtotal_minor,
        invoice_total=invoice.total_minor,
        amount_due=invoice.due_minor,
        amount_paid=invoice.paid_minor,
        amount_remaining=invoice.remaining_minor,
        metadata=invoice.metadata,
        billing_contact_id=invoice.billing_contact_id,
        purchase_order_reference=invoice.purchase_order_reference,
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
    )


def invoice_line_out(invoice: Invoice, line: InvoiceLine, *, today: date) -> InvoiceLineOut:
    return InvoiceLineOut(
        id=invoice.line_name(line),
        order_id=invoice.order_id,
        order_line_id=line.order_line_id,
        order_line_attribute_id=line.order_line_attribute_id,
        start_date=day_out(line.period_start),
        end_date=day_out(line.period_end),
        payment_status=invoice.line_payment_status(line, today),
        quantity=line.billed_quantity,
        unit_price=line.unit_price_minor,
        total_price_before_tax=line.amount_minor,
        tax=line.tax_minor,
        tax_rate=line.tax_rate,
        total_price_after_tax=line.total_minor,
        currency=invoice.currency,
        description=line.description,
        balance_amount=invoice.balance_minor(line),
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
    )


def _tax_out(subtotal: TaxSubtotal) -> TaxOut:
    return TaxOut(
        rate=subtotal.rate,
        category=subtotal.category,
        country=subtotal.country,
        reason=subtotal.reason,
        taxable=subtotal.taxable_minor,
        tax=subtotal.tax_minor,
    )


def _tax_status(invoice: Invoice) -> TaxStatus:
    if not invoice.taxes:
        return TaxStatus.NOT_APPLICABLE
    match invoice.status:
        case InvoiceStatus.DRAFT:
            return TaxStatus.CALCULATED
        case InvoiceStatus.POSTED:
            return TaxStatus.COMMITTED
        case InvoiceStatus.VOIDED:
            return TaxStatus.VOIDED


def _is_exempt(invoice: Invoice) -> bool:
    """Of all of its lines; a buyer who accounts for the tax is not exempt from it."""
    categories = {subtotal.category for subtotal in invoice.taxes}
    return categories == {TaxCategory.EXEMPT}
