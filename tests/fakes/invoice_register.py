"""Invoices and their numbers, in memory."""

from collections.abc import Callable
from datetime import datetime

from functions.billing.errors import NotFound
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Stored
from tests.fakes.schedules import FakeSchedules


class FakeInvoiceRegister:
    """Fulfils `InvoiceRegister`."""

    def __init__(self, schedules: FakeSchedules | None = None) -> None:
        self.stored: dict[tuple[str, str], Invoice] = {}
        self._schedules = schedules or FakeSchedules()

    def get(self, organization_id: str, invoice_id: str) -> Invoice:
        try:
            return self.stored[organization_id, invoice_id]
        except KeyError:
            raise NotFound("invoice", invoice_id) from None

    def bill(
        self, organization_id: str, invoice: Invoice, *, schedule: Stored[BillingSchedule], now: datetime
    ) -> Invoice:
        if (organization_id, invoice.id) in self.stored:
            raise OutdatedError
        self._schedules.move(organization_id, schedule.value, replaces=schedule.revision)
        made = invoice.posted(number=self._latest(organization_id) + 1, now=now) if invoice.auto_post else invoice
        self.stored[organization_id, invoice.id] = made
        return made

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
        posted = draft.posted(number=self._latest(organization_id) + 1, now=now)
        self.stored[organization_id, invoice_id] = posted
        return posted

    def _latest(self, organization_id: str) -> int:
        return max((invoice.number or 0 for invoice in self.of(organization_id)), default=0)

    def of(self, organization_id: str) -> list[Invoice]:
        """By issue date."""
        found = [invoice for (owner, _), invoice in self.stored.items() if owner == organization_id]
        return sorted(found, key=lambda invoice: (invoice.issue_date, invoice.id))
