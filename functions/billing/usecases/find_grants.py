"""Everything that was granted to a customer: by hand, and with what it bought as far as its invoices say so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.invoicing.build import invoice_id_of
from functions.billing.invoicing.recompute import rebill_id
from functions.billing.models.credit import CreditGrant
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.pricing import GrantTiming
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import day_of
from functions.billing.ports import CreditBooks
from functions.billing.rating.benefits import Awaited, awaited, benefit_grants

Invoices = Callable[[str, Iterable[str]], Mapping[str, Invoice]]
"""Those of an organization's invoices that exist, by id."""

PaidAt = Callable[[Invoice], datetime | None]
"""When an invoice was fully paid first, also one that was voided later; None as long as it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindGrants:
    """Reads invoices only where credits wait for one."""

    books: CreditBooks
    invoices: Invoices
    paid_at: PaidAt

    def __call__(self, organization_id: str, customer_id: str, plan: RatingPlan, *, through: date) -> list[CreditGrant]:
        """Those of the plan through that day, and all that were given by hand."""
        by_hand = [each.grant for each in self.books.get(organization_id, customer_id).grants]
        given = self._given(organization_id, awaited(plan, through=through))
        return [*by_hand, *benefit_grants(plan, through=through, given=given)]

    def _given(self, organization_id: str, waited_for: Iterable[Awaited]) -> dict[Awaited, date]:
        """A voided invoice takes nothing back that came with it; one that bills it again brings what did not."""
        given: dict[Awaited, date] = {}
        asked = {(invoice_id_of(each.order_id, each.currency, each.issue_date), each) for each in waited_for}
        while asked:
            found = self.invoices(organization_id, {invoice_id for invoice_id, _ in asked})
            known = [(found[invoice_id], each) for invoice_id, each in asked if invoice_id in found]
            moments = [(self._moment(invoice, each.timing), each) for invoice, each in known]
            given |= {each: day_of(moment) for moment, each in moments if moment is not None}
            asked = {
                (rebill_id(invoice), each)
                for invoice, each in known
                if invoice.status is InvoiceStatus.VOIDED and each not in given
            }
        return given

    def _moment(self, invoice: Invoice, timing: GrantTiming) -> datetime | None:
        return self.paid_at(invoice) if timing is GrantTiming.ON_PAYMENT else invoice.posted_at
