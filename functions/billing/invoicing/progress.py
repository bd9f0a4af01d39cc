"""How an order's schedule moves when it is billed, and how an invoice follows from the move (law 3).

schedule at r ── move, if still at r ──▶ schedule at r+1, promising ──▶ the invoice, put if it is not there
                                                   │                              ▲
                                                   └──── after a crash: kept ─────┘
"""

from dataclasses import replace
from datetime import date, datetime

from functions.billing.invoicing.build import BillingFacts, billed_usage, build_invoice
from functions.billing.invoicing.dues import CLOSING_TIME, next_billing_day
from functions.billing.models.invoice import Invoice
from functions.billing.models.schedule import BillingSchedule, Promise
from functions.billing.models.tax import TaxDecision
from functions.billing.models.usage import Checkpoint, Usage
from functions.billing.periods import day_of


def after_billing(
    facts: BillingFacts, issue_date: date, invoice: Invoice | None, *, numbered_after: int = 0
) -> BillingSchedule:
    """The schedule after the invoice of `issue_date`, None if nothing was charged: it says what the invoice says."""
    schedule, order = facts.schedule, facts.order
    moved = schedule.model_copy(
        update={
            "next_billing_on": next_billing_day(order, issue_date) or _another_look(issue_date, invoice),
            "billed_until": issue_date,
            "promised": None,
        }
    )
    if invoice is None:
        return moved
    return moved.charged(invoice).model_copy(
        update={
            "billed_usage": merged(schedule.billed_usage, billed_usage(invoice.lines)),
            "drafts": schedule.drafts if invoice.auto_post else (*schedule.drafts, issue_date),
            "promised": _promise(schedule, invoice, facts.tax, numbered_after),
        }
    )


def kept(promise: Promise, facts: BillingFacts, *, now: datetime) -> Invoice:
    """The promised invoice, made again: of the usage that it was promised with, whatever was used since."""
    schedule = facts.schedule.model_copy(
        update={"billed_until": promise.billed_until, "billed_usage": promise.billed_before, "drafts": ()}
    )
    usage = {shard: Checkpoint(rated_through=segment) for shard, segment in promise.log_positions.items()}
    usage[0] = usage.get(0, Checkpoint()).model_copy(update={"usage": promise.usage})
    then = replace(facts, checkpoints=usage, schedule=schedule, tax=promise.tax)
    invoice = build_invoice(then, promise.issue_date, now=now)
    if invoice is None or invoice.id != promise.invoice_id:
        raise ValueError(f"invoice {promise.invoice_id} was promised, and cannot be made again")
    return invoice.model_copy(update={"auto_post": promise.auto_post, "log_positions": promise.log_positions})


def merged(billed: Usage, more: Usage) -> Usage:
    """`billed` with what `more` says of the same periods in its place."""
    return {
        attribute: {**billed.get(attribute, {}), **more.get(attribute, {})} for attribute in billed.keys() | more.keys()
    }


def _another_look(issue_date: date, invoice: Invoice | None) -> date | None:
    """Where usage of an order that has ended came late, more of it may be on the way."""
    came_late = invoice is not None and any(line.is_late for line in invoice.lines)
    return issue_date + CLOSING_TIME if came_late else None


def _promise(schedule: BillingSchedule, invoice: Invoice, tax: TaxDecision | None, numbered_after: int) -> Promise:
    before: Usage = {}
    for line in invoice.lines:
        if line.is_late:
            before.setdefault(line.order_line_attribute_id, {})[line.period_start] = line.billed_before
    return Promise(
        invoice_id=invoice.id,
        issue_date=invoice.issue_date,
        promised_on=day_of(invoice.created_at),
        auto_post=invoice.auto_post,
        numbered_after=numbered_after,
        billed_until=schedule.billed_until,
        billed_before=before,
        usage=billed_usage(invoice.lines),
        log_positions=invoice.log_positions,
        tax=tax,
    )
