"""Invoices and their numbers, in memory."""

from collections.abc import Callable
from datetime import datetime

from functions.billing.errors import NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus


class FakeInvoiceRegister:
    """Fulfils `InvoiceRegister`."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Invoice] = {}

    def get(self, organization_id: str, invoice_id: str) -> Invoice:
        try:
            return self.stored[organization_id, invoice_id]
        except KeyError:
            raise NotFound("invoice", invoice_id) from None

    def insert_if_absent(self, organization_id: str, invoice: Invoice) -> Invoice:
        return self.stored.setdefault((organization_id, invoice.id), invoice)

    def modify(self, organization_id: str, invoice_id: str, change: Callable[[Invoice], Invoice]) -> Invoice:
        while True:
            before = self.get(organization_id, invoice_id)
            after = change(before)
            if self.get(organization_id, invoice_id) == before:
                self.stored[organization_id, invoice_id] = after
                return after

    def post(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        draft = self.get(organization_id, invoice_id)
        if draft.status is not InvoiceStatus.DRAFT:
            return draft
        numbers = (invoice.number or 0 for (owner, _), invoice in self.stored.items() if owner == organization_id)
        posted = draft.posted(number=max(numbers) + 1, now=now)
        self.stored[organization_id, invoice_id] = posted
        return posted

    def of(self, organization_id: str) -> list[Invoice]:
        """By issue date."""
        found = [invoice for (owner, _), invoice in self.stored.items() if owner == organization_id]
        return sorted(found, key=lambda invoice: (invoice.issue_date, invoice.id))
