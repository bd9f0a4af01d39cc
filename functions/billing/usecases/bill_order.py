"""One order is billed up to a day (law 3).

For each due date: rate to the end of the log, make the invoice, post it if it posts itself, ask for its documents,
and only then move the schedule. A crash anywhere leaves the schedule behind, and the next run finds every step
either done, under ids that are derived from what they bill, or still to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.invoicing.build import BillingFacts, billed_usage, build_invoice
from functions.billing.invoicing.lines import next_due_day
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Checkpoint, Usage
from functions.billing.ports import (
    Collection,
    DocumentQueue,
    InvoiceRegister,
    Organizations,
    OutdatedError,
    Schedules,
)

Rating = Callable[[str, str], dict[int, Checkpoint]]
"""Brings the usage of an organization's customer to the end of its log: see `advance_rating`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillOrder:
    """Makes every invoice of an order that is due."""

    organizations: Organizations
    orders: Collection[Order]
    customers: Collection[Customer]
    contacts: Collection[Contact]
    schedules: Schedules
    register: InvoiceRegister
    documents: DocumentQueue
    advance_rating: Rating

    def __call__(self, organization_id: str, order_id: str, *, as_of: date, now: datetime) -> list[Invoice]:
        """The invoices due on or before `as_of` that this call found missing or unfinished."""
        finished: list[Invoice] = []
        while True:
            stored = self.schedules.get(organization_id, order_id)
            issue_date = stored.value.next_billing_on if stored else None
            if stored is None or issue_date is None or issue_date > as_of:
                return finished
            order = self.orders.get(organization_id, order_id)
            invoice = self._invoice(organization_id, order, issue_date, now=now)
            try:
                self.schedules.move(
                    organization_id,
                    _moved(stored.value, order, issue_date, invoice),
                    replaces=stored.revision,
                )
            except OutdatedError:
                continue  # a second run made the same invoice and moved the schedule first
            if invoice is not None:
                finished.append(invoice)

    def _invoice(self, organization_id: str, order: Order, issue_date: date, *, now: datetime) -> Invoice | None:
        facts = self._facts(organization_id, order)
        draft = build_invoice(facts, issue_date, now=now)
        if draft is None:
            return None
        invoice = self.register.insert_if_absent(organization_id, draft)
        if invoice.auto_post and invoice.status is InvoiceStatus.DRAFT:
            invoice = self.register.post(organization_id, invoice.id, now=now)
        if invoice.status is InvoiceStatus.POSTED:
            self.documents.send(organization_id, invoice.id)
        return invoice

    def _facts(self, organization_id: str, order: Order) -> BillingFacts:
        contacts = self.contacts.get_many(organization_id, order.billing_contact_ids)
        named = [contacts[i] for i in order.billing_contact_ids if i in contacts]
        return BillingFacts(
            organization=self.organizations.get(organization_id),
            order=order,
            buyer=self.customers.get(organization_id, order.billing_customer_id or order.customer_id),
            contact=named[0] if named else None,
            checkpoints=self.advance_rating(organization_id, order.customer_id),
        )


def _moved(schedule: BillingSchedule, order: Order, issue_date: date, invoice: Invoice | None) -> BillingSchedule:
    """The schedule after the invoice of `issue_date`: what it says was billed is what the invoice says."""
    lines = () if invoice is None else invoice.lines
    return schedule.model_copy(
        update={
            "next_billing_on": next_due_day(order, issue_date),
            "billed_until": issue_date,
            "billed_usage": _merged(schedule.billed_usage, billed_usage(lines)),
            "billed_minor": schedule.billed_minor + sum(line.amount_minor for line in lines),
        }
    )


def _merged(billed: Usage, more: Usage) -> Usage:
    return {
        attribute: {**billed.get(attribute, {}), **more.get(attribute, {})} for attribute in billed.keys() | more.keys()
    }
