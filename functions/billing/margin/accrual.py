"""What an order has earned and no posted invoice says: as if every draft were posted now, and every run made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from functions.billing.invoicing.build import BillingFacts, billed_usage, draft_of
from functions.billing.invoicing.lines import late_lines
from functions.billing.invoicing.preview import day_all_is_due, days_to_come
from functions.billing.invoicing.progress import kept, merged
from functions.billing.invoicing.recompute import recomputed
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.usage import total_usage


def still_to_invoice(
    facts: BillingFacts, made: Iterable[Invoice], *, before: date, now: datetime, spend: Callable[[int], None]
) -> Iterator[Invoice]:
    """The drafts among the invoices that were `made`, what a crash left unmade, and those to come.

    Each of the last charges what the ones before do not; all that is served before `before` is on one of them. Each day
    that the order is billed on takes `spend` of its components.
    """
    components = sum(1 for _ in facts.order.attributes())
    known = {invoice.id: invoice for invoice in made}
    promise = facts.schedule.promised
    if promise is not None and promise.invoice_id not in known:
        known[promise.invoice_id] = kept(promise, facts, now=now)
    for draft in sorted(known.values(), key=lambda each: (each.issue_date, each.created_at)):
        if draft.status is InvoiceStatus.DRAFT and not draft.auto_post:
            spend(components)
            draft, moved = recomputed(facts, draft, now=now)  # noqa: PLW2901 - the draft of this moment
            facts = replace(facts, schedule=moved)
        if draft.status is InvoiceStatus.DRAFT:
            yield draft
    late = _late(facts, now=now)
    if late is not None:
        spend(len(late.lines))
        yield late
        billed = merged(facts.schedule.billed_usage, billed_usage(late.lines))
        facts = replace(facts, schedule=facts.schedule.model_copy(update={"billed_usage": billed}))
    for invoice in days_to_come(facts, through=day_all_is_due(facts.order, before), now=now):
        spend(components)
        if invoice is not None and invoice.id not in known:
            yield invoice


def _late(facts: BillingFacts, *, now: datetime) -> Invoice | None:
    """All usage that came late, as one invoice, however many will say it; None where it is none, or no run is left."""
    day = facts.schedule.next_billing_on
    if day is None:
        return None
    usage = total_usage(facts.checkpoints.values())
    lines = tuple(late_lines(facts.order, day, usage, facts.schedule, most=None))
    return draft_of(facts, day, lines, now=now) if lines else None
