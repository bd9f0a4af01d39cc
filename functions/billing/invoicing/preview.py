"""The invoice to come, as the billing runs until then would make it of what is known today. Stores nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from functions.billing.invoicing.build import BillingFacts, build_invoice
from functions.billing.invoicing.dues import day_due
from functions.billing.invoicing.progress import after_billing
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.usage import total_usage

_DAY = timedelta(days=1)
_LONGEST_MONTH = 31


def next_invoice(facts: BillingFacts, *, not_before: date, now: datetime) -> Invoice | None:
    """The first invoice, issued on `not_before` or later, of those not made yet; None when none is to come."""
    coming = invoices_to_come(facts, through=_last_day(facts, not_before), now=now)
    return next((invoice for invoice in coming if invoice.issue_date >= not_before), None)


def invoices_to_come(facts: BillingFacts, *, through: date, now: datetime) -> Iterator[Invoice]:
    """Those not made yet that are issued on `through` or before, in their order.

    Takes for granted that each of them is made on its day: what one charges, the next does not.
    """
    return (invoice for invoice in days_to_come(facts, through=through, now=now) if invoice is not None)


def days_to_come(facts: BillingFacts, *, through: date, now: datetime) -> Iterator[Invoice | None]:
    """As `invoices_to_come`, and None for each day on which the order is looked at and nothing is charged."""
    schedule = facts.schedule
    while schedule.next_billing_on is not None and schedule.next_billing_on <= through:
        day = schedule.next_billing_on
        then = replace(facts, schedule=schedule)
        invoice = build_invoice(then, day, now=now)
        yield invoice
        schedule = after_billing(then, day, invoice)


def day_all_is_due(order: Order, before: date) -> date:
    """The day by which everything falls due that is served before `before`; late usage is never due by a day."""
    days = [before]
    for line, attribute in order.attributes():
        calendar = order.calendar(line, attribute)
        served = calendar.start if attribute.happens_once else before - _DAY
        period = calendar.period_of(served) or calendar.last_period()
        if period is not None and period.start < before:
            days.append(day_due(attribute, calendar, period))
        if attribute.term.repayment is not None:
            days.append(attribute.term.repayment.due_on)
    return max(days)


def _last_day(facts: BillingFacts, not_before: date) -> date:
    """The day behind which nothing is charged unless something was before.

    Everything known today is used by then, and each component has fallen due for one full period at least.
    """
    calendars = [facts.order.calendar(line, attribute) for line, attribute in facts.order.attributes()]
    used = [day for periods in total_usage(facts.checkpoints.values()).values() for day in periods]
    known = [facts.schedule.next_billing_on, not_before, *(calendar.start for calendar in calendars), *used]
    return max(day for day in known if day is not None) + timedelta(days=3 * _longest_period(facts) * _LONGEST_MONTH)


def _longest_period(facts: BillingFacts) -> int:
    """In months, of all components."""
    calendars = (facts.order.calendar(line, attribute) for line, attribute in facts.order.attributes())
    return max((calendar.months for calendar in calendars), default=1)
