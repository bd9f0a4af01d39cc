"""What an order has earned and no posted invoice says: as if every draft were posted now, and every run made."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from functions.billing.invoicing.build import BillingFacts
from functions.billing.invoicing.preview import day_all_is_billed, invoices_to_come
from functions.billing.invoicing.progress import kept
from functions.billing.invoicing.recompute import recomputed
from functions.billing.models.invoice import Invoice, InvoiceStatus


def still_to_invoice(facts: BillingFacts, made: Iterable[Invoice], *, before: date, now: datetime) -> Iterator[Invoice]:
    """The drafts among the invoices that were `made`, what a crash left unmade, and those to come.

    Each of the last charges what the ones before do not; all that is served before `before` is on one of them.
    """
    known = {invoice.id: invoice for invoice in made}
    promise = facts.schedule.promised
    if promise is not None and promise.invoice_id not in known:
        known[promise.invoice_id] = kept(promise, facts, now=now)
    through = day_all_is_billed(facts, before)
    for draft in sorted(known.values(), key=lambda each: (each.issue_date, each.created_at)):
        if draft.status is InvoiceStatus.DRAFT and not draft.auto_post:
            draft, moved = recomputed(facts, draft, now=now)  # noqa: PLW2901 - the draft of this moment
            facts = replace(facts, schedule=moved)
        if draft.status is InvoiceStatus.DRAFT:
            yield draft
    for invoice in invoices_to_come(facts, through=through, now=now):
        if invoice.id not in known:
            yield invoice
