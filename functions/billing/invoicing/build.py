"""The invoice of one order and date: a pure function of the order, its prices, the period and the log (law 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from functions.billing.invoicing.dues import next_due_day
from functions.billing.invoicing.lines import charged_on, late_lines
from functions.billing.invoicing.tax import with_tax
from functions.billing.invoicing.terms import payment_days
from functions.billing.models.customer import Customer
from functions.billing.models.invoice import Invoice, InvoiceLine, Party, invoice_id
from functions.billing.models.order import Order
from functions.billing.models.organization import Letterhead, Organization
from functions.billing.models.pricing import ChargeType
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tax import TaxDecision
from functions.billing.models.usage import Checkpoint, Usage, total_usage
from functions.billing.periods import day_of

if TYPE_CHECKING:
    from functions.billing.models.contact import Contact


@dataclass(frozen=True, slots=True)
class BillingFacts:
    """Everything an invoice is made of. `contact` is None when the order names none that still exists."""

    organization: Organization
    order: Order
    buyer: Customer
    contact: "Contact | None"
    checkpoints: Mapping[int, Checkpoint]
    """Per shard of the customer's log, rated to its end."""
    schedule: BillingSchedule
    """Where the order's billing stood before this invoice."""
    tax: TaxDecision | None = None
    """None where tax is not applicable."""


def build_invoice(facts: BillingFacts, issue_date: date, *, now: datetime) -> Invoice | None:
    """The draft of what falls due on `issue_date`, and of what was used late; None when nothing is charged."""
    order, usage = facts.order, total_usage(facts.checkpoints.values())
    lines = (*charged_on(order, issue_date, usage), *late_lines(order, issue_date, usage, facts.schedule))
    if not lines:
        return None
    draft = draft_of(facts, issue_date, lines, now=now)
    return draft.model_copy(update={"auto_post": posts_itself(order, issue_date, usage)})


def draft_of(facts: BillingFacts, issue_date: date, lines: tuple[InvoiceLine, ...], *, now: datetime) -> Invoice:
    """A draft with these lines and their tax, which somebody has to post."""
    order = facts.order
    draft = Invoice(
        id=invoice_id(order, issue_date),
        order_id=order.id,
        customer_id=order.billing_customer_id or order.customer_id,
        issue_date=issue_date,
        due_date=issue_date + timedelta(days=payment_days(order.payment_terms)),
        currency=order.currency,
        lines=lines,
        payment_terms=order.payment_terms,
        purchase_order_reference=order.purchase_order_reference,
        billing_contact_id=facts.contact.id if facts.contact else None,
        seller=_seller(facts.organization),
        buyer=_buyer(facts.buyer, facts.contact),
        log_positions={shard: point.rated_through for shard, point in facts.checkpoints.items()},
        created_at=now,
        updated_at=now,
    )
    return with_tax(draft, facts.tax)


def posts_itself(order: Order, issue_date: date, usage: Usage) -> bool:
    """Whether the invoice is posted as soon as it exists.

    Of the invoices that were already due when the order was activated only the latest is; a person should look at the
    older ones first (contract: backdated activation).
    """
    if not order.auto_post_invoices or order.activated_at is None:
        return False
    activated_on = day_of(order.activated_at)
    day = next_due_day(order, issue_date)
    while issue_date <= activated_on and day is not None and day <= activated_on:
        if charged_on(order, day, usage):
            return False
        day = next_due_day(order, day)
    return True


def billed_usage(lines: Iterable[InvoiceLine]) -> Usage:
    """The usage that stands on `lines`, by order line attribute and period."""
    usage: Usage = {}
    for line in lines:
        if line.charge_type is ChargeType.USAGE:
            usage.setdefault(line.order_line_attribute_id, {})[line.period_start] = line.quantity
    return usage


def _seller(organization: Organization) -> Party:
    head = organization.letterhead or Letterhead()
    return Party(
        name=organization.name,
        legal_name=head.legal_name,
        address=head.address,
        email=head.email,
        vat_number=organization.tax.vat_number if organization.tax else None,
        pay_to=head.pay_to or None,
    )


def addressed(customer: Customer, contact: "Contact | None") -> Customer:
    """The customer as the invoice is addressed to it: at its contact's address where it has none of its own."""
    if customer.billing_address is not None or contact is None:
        return customer
    return customer.model_copy(update={"billing_address": contact.billing_address})


def _buyer(customer: Customer, contact: "Contact | None") -> Party:
    contact_name = f"{contact.first_name} {contact.last_name}".strip() if contact else ""
    return Party(
        name=customer.name,
        legal_name=customer.legal_name,
        address=addressed(customer, contact).billing_address,
        contact_name=contact_name or None,
        email=(contact.email if contact else customer.email) or None,
        vat_number=customer.vat_number,
    )
