"""An invoice made again from the order, its frozen prices and the usage at the invoice's own log positions (law 3).

Taken from the invoice itself is what is kept nowhere else: which tax was decided on, and for late usage what had been
billed before. The first shows in every amount of tax, the second must be what another invoice billed (see `audit`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain

from functions.billing.invoicing.dues import CLOSING_TIME, due_on, next_billing_day, next_due_day
from functions.billing.invoicing.issue_days import issue_days
from functions.billing.invoicing.lines import charged_on, late_lines
from functions.billing.invoicing.recompute import rebilled_lines
from functions.billing.invoicing.tax import with_tax
from functions.billing.invoicing.terms import payment_days
from functions.billing.models.invoice import Invoice, InvoiceLine, invoice_id, rebill_id
from functions.billing.models.order import Order
from functions.billing.models.pricing import ChargeType
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tax import TaxDecision, TaxSubtotal
from functions.billing.models.usage import Usage
from functions.billing.periods import day_of, midnight

UsageKey = tuple[str, date]
"""Order line attribute and first day of the period."""

_DAY = timedelta(days=1)
_LONGEST_MONTH = 31


def usage_keys(order: Order, invoice: Invoice) -> set[UsageKey]:
    """The prices and periods whose usage the invoice is made of; of one that bills a voided one again there is none."""
    if invoice.rebills is not None:
        return set()
    charged = {line_key(line) for line in invoice.lines if line.charge_type is ChargeType.USAGE}
    return charged | {(due.attribute.id, due.period.start) for due in due_on(order, invoice.issue_date)}


def line_key(line: InvoiceLine) -> UsageKey:
    return line.order_line_attribute_id, line.period_start


def replayed(order: Order, invoice: Invoice, usage: Usage) -> Invoice:
    """The invoice as the order and its usage make it on the day of issue."""
    lines = (*charged_on(order, invoice.issue_date, usage), *_late_lines(order, invoice, usage))
    names = {"id": invoice_id(order, invoice.issue_date), "order_id": order.id, "currency": order.currency}
    return _made_of(lines, invoice, names)


def rebilled_again(invoice: Invoice, voided: Invoice) -> Invoice:
    """The invoice as the voided one makes it whose place it takes."""
    unchanged = {name: getattr(voided, name) for name in ("order_id", "currency", "log_positions")}
    return _made_of(rebilled_lines(voided), invoice, {"id": rebill_id(voided), **unchanged})


def with_earlier_ends(order: Order, invoice: Invoice) -> Iterator[Order]:
    """The order as it may have been when the invoice was made, if its end has moved since.

    It had no end then, or one that cut off a line's period, or none that matters.
    """
    ends = sorted({line.period_end for line in invoice.lines})
    for end in (None, *ends):
        yield order.model_copy(update={"end_date": None if end is None else midnight(end)})


def billing_days(order: Order, *, through: date, since: date = date.min) -> Iterator[date]:
    """Each day, `since` that one, on which the order may have been billed, some of them twice."""
    first = next_billing_day(order)
    if first is None or through < since:
        return
    days = issue_days(order, _due_before(order, since) or first, until=through)
    for day in chain(days, _looks_after_activation(order, first, through=through)):
        if day >= since:
            yield day


def is_billing_day(order: Order, day: date) -> bool:
    """Whether `billing_days` names the day, without going through all of them."""
    first = next_billing_day(order)
    if first is None or day < first:
        return False
    begins = (day - CLOSING_TIME * count for count in range((day - first) // CLOSING_TIME + 1))
    is_in_gap = any(
        next_billing_day(order, begin - _DAY) == begin
        and (begin == day or (next_billing_day(order, begin) or date.max) > day)
        for begin in begins
    )
    return is_in_gap or day in _looks_after_activation(order, first, through=day)


def _due_before(order: Order, since: date) -> date | None:
    """A day not long before, on which something fell due; what was due earlier need not be gone through."""
    longest = max((order.calendar(line, attribute).months for line, attribute in order.attributes()), default=0)
    back = timedelta(days=(longest + 1) * _LONGEST_MONTH)
    day = next_due_day(order, since - back) if since - date.min > back else None
    return None if day is None or day > since else day


def _looks_after_activation(order: Order, first: date, *, through: date) -> Iterator[date]:
    """An order that had ended when it was activated is looked at some time after that: see `next_billing_day`."""
    day = day_of(order.activated_at or order.start_date)
    while first <= day and (day := day + CLOSING_TIME) <= through:
        yield day


def _late_lines(order: Order, invoice: Invoice, usage: Usage) -> Iterator[InvoiceLine]:
    """One for each late line that the invoice has, if there is something late."""
    for line in invoice.lines:
        if line.is_late:
            attribute_id, start = line_key(line)
            before = BillingSchedule(
                order_id=order.id,
                customer_id=order.customer_id,
                billed_until=invoice.issue_date - _DAY,
                billed_usage={attribute_id: {start: line.billed_before}},
            )
            used = {attribute_id: {start: usage.get(attribute_id, {}).get(start, 0)}}
            yield from late_lines(order, invoice.issue_date, used, before)


def _made_of(lines: Iterable[InvoiceLine], invoice: Invoice, update: Mapping[str, object]) -> Invoice:
    due_date = invoice.issue_date + timedelta(days=payment_days(invoice.payment_terms))
    made = invoice.model_copy(update={"due_date": due_date, **update, "lines": tuple(lines)})
    return with_tax(made, _decision(invoice))


def _decision(invoice: Invoice) -> TaxDecision | None:
    """What was decided for the whole invoice: its lines have one tax, or none."""
    for subtotal in invoice.taxes:
        return _without_amounts(subtotal)
    return None


def _without_amounts(subtotal: TaxSubtotal) -> TaxDecision:
    return TaxDecision(rate=subtotal.rate, category=subtotal.category, country=subtotal.country, reason=subtotal.reason)
