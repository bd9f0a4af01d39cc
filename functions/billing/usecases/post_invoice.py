"""A draft is posted by hand: it takes the usage known now and its number, and its documents are set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import Busy, InvalidInput, NotFound
from functions.billing.invoicing.build import BillingFacts
from functions.billing.invoicing.recompute import recomputed
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import DocumentQueue, InvoiceRegister, OutdatedError, Schedules, Stored

Gathering = Callable[[str, Sequence[BillingSchedule]], dict[str, BillingFacts]]
"""What the invoices of an organization's orders are made of: see `gather_facts`."""

_MAX_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PostInvoice:
    """Posting twice gives one number; the documents are asked for again, in case the first request was lost."""

    register: InvoiceRegister
    schedules: Schedules
    documents: DocumentQueue
    gather_facts: Gathering

    def __call__(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        """Raises NotFound; InvalidInput for a voided invoice."""
        invoice = self._posted(organization_id, invoice_id, now=now)
        self.documents.send(organization_id, [invoice.id])
        return invoice

    def _posted(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        for _ in range(_MAX_TRIES):
            stored = self.register.load(organization_id, invoice_id)
            match stored.value.status:
                case InvoiceStatus.POSTED:
                    return stored.value
                case InvoiceStatus.VOIDED:
                    number = stored.value.display_number
                    raise InvalidInput(f"invoice {number} is voided and cannot be posted again")
                case InvoiceStatus.DRAFT:
                    pass
            schedule = self.schedules.get(organization_id, stored.value.order_id)
            if schedule is None:
                raise NotFound("order", stored.value.order_id)
            facts = self.gather_facts(organization_id, [schedule.value]).get(stored.value.order_id)
            if facts is None:
                raise NotFound("payer of order", stored.value.order_id)
            invoice, moved = recomputed(facts, stored.value, now=now)
            try:
                return self.register.write(
                    organization_id,
                    Stored(invoice, stored.revision),
                    Stored(moved, schedule.revision),
                    posted_at=now,
                )
            except OutdatedError:
                continue
        raise Busy(f"invoice {invoice_id} is being changed by others, try again")
