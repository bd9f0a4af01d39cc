"""Invoices and their numbers, in memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from functions.billing.errors import NotFound
from functions.billing.models.invoice import Invoice
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Stored
from tests.fakes.schedules import FakeSchedules


class FakeInvoiceRegister:
    """Fulfils `InvoiceRegister`."""

    def __init__(self, schedules: FakeSchedules | None = None) -> None:
        self.stored: dict[tuple[str, str], Stored[Invoice]] = {}
        self.numbered: dict[str, list[str]] = {}
        """Per organization the invoices in the order of their numbers."""
        self._schedules = schedules or FakeSchedules()
        self._schedules.promised_in(self.stored)

    def get(self, organization_id: str, invoice_id: str) -> Invoice:
        return self.load(organization_id, invoice_id).value

    def get_many(self, organization_id: str, invoice_ids: Iterable[str], *, fresh: bool = True) -> dict[str, Invoice]:
        del fresh
        keys = ((organization_id, invoice_id) for invoice_id in invoice_ids)
        return {key[1]: self.stored[key].value for key in keys if key in self.stored}

    def load(self, organization_id: str, invoice_id: str) -> Stored[Invoice]:
        try:
            return self.stored[organization_id, invoice_id]
        except KeyError:
            raise NotFound("invoice", invoice_id) from None

    def modify(self, organization_id: str, invoice_id: str, change: Callable[[Invoice], Invoice]) -> Invoice:
        while True:
            before = self.load(organization_id, invoice_id)
            after = change(before.value)
            if self.load(organization_id, invoice_id) == before:
                self.stored[organization_id, invoice_id] = Stored(after, before.revision + 1)
                return after

    def write(
        self,
        organization_id: str,
        invoice: Stored[Invoice],
        schedule: Stored[BillingSchedule],
        *,
        posted_at: datetime | None = None,
    ) -> Invoice:
        stored = self.stored.get((organization_id, invoice.value.id))
        if (0 if stored is None else stored.revision) != invoice.revision:
            raise OutdatedError
        if not self._schedules.move(organization_id, [schedule]):
            raise OutdatedError
        made = invoice.value
        if posted_at is not None:
            numbers = self.take_numbers(organization_id, [made.id], after=0)
            made = made.posted(number=numbers[made.id], now=posted_at)
        self.stored[organization_id, made.id] = Stored(made, invoice.revision + 1)
        return made

    def latest_number(self, organization_id: str) -> int:
        return len(self.numbered.get(organization_id, []))

    def take_numbers(self, organization_id: str, invoice_ids: Sequence[str], *, after: int) -> dict[str, int]:
        del after
        numbered = self.numbered.setdefault(organization_id, [])
        numbered += [invoice_id for invoice_id in invoice_ids if invoice_id not in numbered]
        return {invoice_id: numbered.index(invoice_id) + 1 for invoice_id in invoice_ids}

    def insert(self, organization_id: str, invoices: Sequence[Invoice]) -> None:
        for invoice in invoices:
            self.stored.setdefault((organization_id, invoice.id), Stored(invoice, 1))

    def of(self, organization_id: str) -> list[Invoice]:
        """By issue date."""
        found = [stored.value for (owner, _), stored in self.stored.items() if owner == organization_id]
        return sorted(found, key=lambda invoice: (invoice.issue_date, invoice.id))
