"""When credits were given that wait for an invoice to be posted, or paid."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.billing.models.invoice import Invoice, InvoiceStatus, invoice_id_of, rebill_id
from functions.billing.models.pricing import GrantTiming
from functions.billing.rating.benefits import Awaited

Invoices = Callable[[str, Iterable[str]], Mapping[str, Invoice]]
"""Those of an organization's invoices that exist, by id."""

PaidAt = Callable[[Invoice], datetime | None]
"""When an invoice was fully paid first, also one that was voided later; None as long as it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindGiven:
    """Invoices are found by what they bill: nothing was written when they were posted or paid."""

    invoices: Invoices
    paid_at: PaidAt

    def __call__(self, organization_id: str, awaited: Iterable[Awaited]) -> dict[Awaited, datetime]:
        """A voided invoice takes nothing back that came with it; one that bills it again brings what did not."""
        given: dict[Awaited, datetime] = {}
        asked = {(invoice_id_of(each.order_id, each.currency, each.issue_date), each) for each in awaited}
        while asked:
            found = self.invoices(organization_id, {invoice_id for invoice_id, _ in asked})
            known = [(found[invoice_id], each) for invoice_id, each in asked if invoice_id in found]
            moments = [(self._moment(invoice, each.timing), each) for invoice, each in known]
            given |= {each: moment for moment, each in moments if moment is not None}
            asked = {
                (rebill_id(invoice), each)
                for invoice, each in known
                if invoice.status is InvoiceStatus.VOIDED and each not in given
            }
        return given

    def _moment(self, invoice: Invoice, timing: GrantTiming) -> datetime | None:
        return self.paid_at(invoice) if timing is GrantTiming.ON_PAYMENT else invoice.posted_at
