"""One order is billed up to a day (law 3).

For each due date: rate to the end of the log, make the invoice, and store it, with its number if it posts itself and
with the moved schedule, in one transaction. Nothing can come between: not a second run, not a change of the terms.
Then its documents are asked for; a crash before that leaves them named on the schedule, and the next run asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.errors import Busy
from functions.billing.invoicing.build import BillingFacts, billed_usage, build_invoice
from functions.billing.invoicing.lines import next_due_day
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer
from functions.billing.models.invoice import Invoice
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
    Stored,
)

_MAX_LOST_RACES = 20

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
        """The invoices due on or before `as_of` that this call made.

        Raises Busy when others keep billing or changing the order.
        """
        made: list[Invoice] = []
        lost_races = 0
        while lost_races < _MAX_LOST_RACES:
            stored = self.schedules.get(organization_id, order_id)
            if stored is None or not stored.value.is_due(as_of):
                return made
            try:
                if stored.value.undocumented:
                    self._ask_for_documents(organization_id, stored)
                else:
                    made += self._bill_next(organization_id, stored, now=now)
            except OutdatedError:
                lost_races += 1
        raise Busy(f"order {order_id} is billed or changed by too many others, try again")

    def _ask_for_documents(self, organization_id: str, stored: Stored[BillingSchedule]) -> None:
        for invoice_id in stored.value.undocumented:
            self.documents.send(organization_id, invoice_id)
        asked = stored.value.model_copy(update={"undocumented": ()})
        self.schedules.move(organization_id, asked, replaces=stored.revision)

    def _bill_next(self, organization_id: str, stored: Stored[BillingSchedule], *, now: datetime) -> list[Invoice]:
        """The invoice of the next due date, if there is anything to charge. Raises OutdatedError."""
        schedule = stored.value
        if schedule.next_billing_on is None:
            return []
        order = self.orders.get(organization_id, schedule.order_id)
        draft = build_invoice(self._facts(organization_id, order), schedule.next_billing_on, now=now)
        moved = _moved(schedule, order, schedule.next_billing_on, draft)
        if draft is None:
            self.schedules.move(organization_id, moved, replaces=stored.revision)
            return []
        return [self.register.bill(organization_id, draft, schedule=Stored(moved, stored.revision), now=now)]

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
            "undocumented": (invoice.id,) if invoice is not None and invoice.auto_post else (),
        }
    )


def _merged(billed: Usage, more: Usage) -> Usage:
    return {
        attribute: {**billed.get(attribute, {}), **more.get(attribute, {})} for attribute in billed.keys() | more.keys()
    }
