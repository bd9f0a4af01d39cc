"""No invoice is there that nobody makes: each is of an order and one of its days of billing, or bills one again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.billing.invoicing.replay import is_billing_day
from functions.billing.models.audit import Allowance, Audited, Book, Cursor, Difference, Replayed, Stage
from functions.billing.models.invoice import Invoice, invoice_id, rebill_id
from functions.billing.models.order import Order
from functions.billing.ports import Collection, InvoiceRegister


class Invoices(Protocol):
    def invoices(self, organization_id: str, *, after: str) -> Iterator[Sequence[Invoice]]:
        """Those whose ids follow, some at a time."""
        ...


class Paid(Protocol):
    def __call__(self, organization_id: str, invoices: Sequence[Invoice]) -> tuple[Difference, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInvoices:
    """The fourth stage of an audit: what is found here, the replay of the customers has not looked at.

    `paid` finds what of their allocations the payments do not know.
    """

    inventory: Invoices
    register: InvoiceRegister
    orders: Collection[Order]
    paid: Paid

    def __call__(self, organization_id: str, cursor: Cursor, allowance: Allowance) -> Audited:
        done = Replayed()
        for invoices in self.inventory.invoices(organization_id, after=cursor.after):
            orders = self.orders.get_many(organization_id, {invoice.order_id for invoice in invoices})
            replaced = {invoice.rebills for invoice in invoices if invoice.rebills is not None}
            voided = self.register.get_many(organization_id, replaced)
            findings = (each for i in invoices for each in _origin(i, orders.get(i.order_id), voided))
            done += Replayed(findings=(*findings, *self.paid(organization_id, invoices)))
            numbered = sum(invoice.number is not None and invoice.number <= cursor.latest for invoice in invoices)
            update = {"after": invoices[-1].id, "numbered": cursor.numbered + numbered}
            cursor = cursor.model_copy(update=update)
            if done.is_full or not allowance.may_begin():
                return Audited(done, cursor)
        return Audited(done + Replayed(findings=tuple(_strays(organization_id, cursor))), Cursor(stage=Stage.PAYMENTS))


def _origin(invoice: Invoice, order: Order | None, voided: Mapping[str, Invoice]) -> Iterator[Difference]:
    """What is wrong with where the invoice comes from."""
    if order is None:
        yield Difference(Book.INVOICE, invoice.id, "order", json.dumps(invoice.order_id), None)
    elif invoice.rebills is not None:
        original = voided.get(invoice.rebills)
        if original is None or original.order_id != order.id or invoice.id != rebill_id(original):
            yield Difference(Book.INVOICE, invoice.id, "rebills", json.dumps(invoice.rebills), None)
    elif invoice.id != invoice_id(order, invoice.issue_date) or not is_billing_day(order, invoice.issue_date):
        yield Difference(
            Book.INVOICE, invoice.id, f"{order.id} is billed on", json.dumps(str(invoice.issue_date)), None
        )


def _strays(organization_id: str, cursor: Cursor) -> Iterator[Difference]:
    """More invoices have a number than were given one."""
    if not cursor.held <= cursor.numbered <= cursor.held + cursor.awaited:
        field = f"invoices with a number up to {cursor.latest}"
        yield Difference(Book.NUMBERS, organization_id, field, str(cursor.numbered), str(cursor.held))
