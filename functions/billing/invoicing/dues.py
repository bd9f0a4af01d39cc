"""Which periods of an order are charged, or given back, on which day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile

from functions.billing.models.order import FirstPart, Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, ChargeType
from functions.billing.models.schedule import BillingSchedule
from functions.billing.periods import Calendar, Period, day_of

CLOSING_TIME = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Due:
    """A component of an order and the period of it that is charged on `due_on`."""

    due_on: date
    line: OrderLine
    attribute: OrderLineAttribute
    period: Period
    is_repayment: bool = False
    """Whether the period is given back, having been charged before."""


def next_due_day(order: Order, after: date | None = None) -> date | None:
    """The first day later than `after` on which something of the order falls due; None when nothing is left."""
    days = [next_due_of(order, line, attribute, after) for line, attribute in order.attributes()]
    return min((day for day in days if day is not None), default=None)


def next_due_of(order: Order, line: OrderLine, attribute: OrderLineAttribute, after: date | None) -> date | None:
    """As `next_due_day`, of one component."""
    due = next(_dues(order, line, attribute, after), None)
    return None if due is None else due.due_on


def next_billing_day(order: Order, after: date | None = None) -> date | None:
    """As `next_due_day`, and once nothing is left the closing day, for usage that came after the last invoice."""
    closing_day = _closing_day(order)
    is_to_come = closing_day is not None and (after is None or after < closing_day)
    return next_due_day(order, after) or (closing_day if is_to_come else None)


def first_schedule(order: Order) -> BillingSchedule:
    """The schedule of an order that was just activated."""
    first = next_billing_day(order)
    return BillingSchedule(order_id=order.id, customer_id=order.customer_id, terms=order.version, next_billing_on=first)


def due_on(order: Order, day: date) -> list[Due]:
    """What falls due on `day`, in the order of the order's lines."""
    found: list[Due] = []
    for line, attribute in order.attributes():
        found += takewhile(lambda due: due.due_on == day, _dues(order, line, attribute, day - timedelta(days=1)))
    return found


def due_through(order: Order, last: date) -> list[Due]:
    """Everything that falls due on or before `last`, day by day."""
    found: list[Due] = []
    day = next_due_day(order)
    while day is not None and day <= last:
        found.extend(due_on(order, day))
        day = next_due_day(order, day)
    return found


def day_due(attribute: OrderLineAttribute, calendar: Calendar, period: Period) -> date:
    """When a period falls due: as it begins or ends, but not on a day that was billed before it was known."""
    term = attribute.term
    if attribute.pricing.timing is BillingTiming.ADVANCE:
        return max(period.start, term.due_from or date.min)
    closes_on = term.closes_on if period.end == calendar.end else None
    return max(period.end, term.due_from or date.min, closes_on or date.min)


def is_free(order: Order, line: OrderLine, attribute: OrderLineAttribute, period: Period) -> bool:
    """Whether the component was added within the period, and that part of it is not charged."""
    return _is_free(order.calendar(line, attribute), attribute, period)


def is_full(order: Order, line: OrderLine, attribute: OrderLineAttribute, period: Period) -> bool:
    """Whether the component was added within the period, and that part of it is charged as a whole one."""
    is_first = period.start == order.calendar(line, attribute).start
    return is_first and attribute.term.first_part is FirstPart.FULL


def _closing_day(order: Order) -> date | None:
    """A month after the last usage could fall due, or after a late activation; None without an end or usage."""
    counted = [
        (line, attribute) for line, attribute in order.attributes() if attribute.pricing.charge_type is ChargeType.USAGE
    ]
    ends = [order.calendar(line, attribute).end for line, attribute in counted]
    closed = [end for end in ends if end is not None]
    if not closed or len(closed) < len(ends):
        return None
    return max(*closed, day_of(order.activated_at or order.start_date)) + CLOSING_TIME


def _dues(order: Order, line: OrderLine, attribute: OrderLineAttribute, after: date | None) -> Iterator[Due]:
    """What of the component falls due later than `after`, day by day; endless where it has no end."""
    calendar = order.calendar(line, attribute)
    for period in _charged_periods(calendar, attribute, after):
        day = day_due(attribute, calendar, period)
        if after is None or day > after:
            yield Due(day, line, attribute, period)
    repayment = attribute.term.repayment
    if repayment is not None and (after is None or repayment.due_on > after):
        yield Due(repayment.due_on, line, attribute, Period(repayment.start, repayment.end), is_repayment=True)


def _charged_periods(calendar: Calendar, attribute: OrderLineAttribute, after: date | None) -> Iterator[Period]:
    """The component's periods, beginning no later than the one that can fall due first after `after`."""
    if attribute.happens_once:
        first = calendar.period_of(calendar.start)
        yield from () if first is None else (first,)
        return
    day = calendar.start
    if after is not None and after >= (attribute.term.due_from or date.min):
        day = max(day, after)
    period = calendar.period_of(day) or calendar.last_period()
    while period is not None:
        if not _is_free(calendar, attribute, period):
            yield period
        period = calendar.period_of(period.end)


def _is_free(calendar: Calendar, attribute: OrderLineAttribute, period: Period) -> bool:
    is_first = period.start == calendar.start and calendar.full_period(period).start < period.start
    return is_first and attribute.term.first_part is FirstPart.NONE
