"""Drafts and voided invoices, made anew.

A usage line goes from what was billed before to a quantity. Whoever stands last in that chain may be extended: a draft
that is posted takes what was used since. What a later invoice continues from is fixed.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from functions.billing.ids import derived_uuid
from functions.billing.invoicing.build import BillingFacts, billed_usage, build_invoice, draft_of
from functions.billing.invoicing.progress import merged
from functions.billing.models.invoice import Invoice, InvoiceLine, rebill_id
from functions.billing.models.pricing import ChargeType
from functions.billing.models.schedule import BillingSchedule
from functions.billing.periods import day_of

_LineKey = tuple[str, object, bool]


def recomputed(facts: BillingFacts, draft: Invoice, *, now: datetime) -> tuple[Invoice, BillingSchedule]:
    """The draft as it is to be posted, of all usage known now, and the schedule that knows it posted.

    A draft that bills a voided invoice again charges what that one did; what was used since is late usage.
    """
    schedule, day = facts.schedule, draft.issue_date
    lines = draft.lines if draft.rebills else _current_lines(facts, draft, now=now)
    fresh = draft_of(facts, day, lines, now=now)
    invoice = fresh.model_copy(
        update={
            **{name: getattr(draft, name) for name in ("id", "auto_post", "rebills", "metadata", "created_at")},
            "log_positions": draft.log_positions if draft.rebills else fresh.log_positions,
        }
    )
    moved = schedule.charged(invoice, instead_of=draft)
    if draft.rebills:
        return invoice, moved
    changed = billed_usage(line for line in lines if line not in draft.lines)
    return invoice, moved.model_copy(
        update={
            "billed_usage": merged(schedule.billed_usage, changed),
            "drafts": tuple(other for other in schedule.drafts if other != day),
        }
    )


def rebilled(facts: BillingFacts, voided: Invoice, *, now: datetime) -> tuple[Invoice, BillingSchedule]:
    """A draft of today that charges what a voided invoice did, to the buyer and with the tax as they are now."""
    draft = draft_of(facts, day_of(now), rebilled_lines(voided), now=now).model_copy(
        update={"id": rebill_id(voided), "rebills": voided.id, "log_positions": voided.log_positions}
    )
    return draft, facts.schedule.charged(draft)


def rebilled_lines(voided: Invoice) -> tuple[InvoiceLine, ...]:
    """The lines of the invoice that takes a voided one's place; its tax is yet to be decided."""
    return tuple(
        line.model_copy(update={"id": derived_uuid("rebilled line", voided.id, line.id)}) for line in voided.lines
    )


def _current_lines(facts: BillingFacts, draft: Invoice, *, now: datetime) -> tuple[InvoiceLine, ...]:
    """The draft's lines, those of usage as they would be made today, unless a later invoice continues from them.

    What was charged in advance stays: an end that moved since gives nothing back, on a draft or on a posted invoice.
    """
    billed = {attribute: dict(periods) for attribute, periods in facts.schedule.billed_usage.items()}
    fixed: dict[_LineKey, InvoiceLine] = {}
    for line in draft.lines:
        if line.charge_type is not ChargeType.USAGE:
            fixed[_key(line)] = line
            continue
        periods = billed.setdefault(line.order_line_attribute_id, {})
        if periods.get(line.period_start) != line.quantity:
            fixed[_key(line)] = line
        elif line.is_late:
            periods[line.period_start] = line.billed_before
        else:
            del periods[line.period_start]
    before = facts.schedule.model_copy(
        update={
            "billed_usage": billed,
            "billed_until": draft.issue_date - timedelta(days=1),
            "drafts": tuple(day for day in facts.schedule.drafts if day != draft.issue_date),
        }
    )
    fresh = build_invoice(replace(facts, schedule=before), draft.issue_date, now=now)
    current = [] if fresh is None else [i for i in fresh.lines if i.charge_type is ChargeType.USAGE or _key(i) in fixed]
    lines = tuple(fixed.pop(_key(line), line) for line in current)
    return (*lines, *fixed.values()) or draft.lines


def _key(line: InvoiceLine) -> _LineKey:
    return line.order_line_attribute_id, line.period_start, line.is_late
