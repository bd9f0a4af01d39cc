"""Which charges of an order fall due on a date, and what they amount to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from functions.billing.ids import derived_uuid
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, ChargeType
from functions.billing.models.usage import Usage
from functions.billing.money import round_to_minor
from functions.billing.periods import Calendar, Period, prorated
from functions.billing.rating.rate import rate


@dataclass(frozen=True, slots=True)
class Due:
    """A component of an order and the period of it that is charged on `due_on`."""

    due_on: date
    line: OrderLine
    attribute: OrderLineAttribute
    period: Period


def next_due_day(order: Order, after: date | None = None) -> date | None:
    """The first day later than `after` on which something of the order falls due; None when nothing is left."""
    days = [
        due.due_on
        for line, attribute in order.attributes()
        if (due := _first_due(order, line, attribute, after)) is not None
    ]
    return min(days, default=None)


def due_on(order: Order, day: date) -> list[Due]:
    """What falls due on `day`, in the order of the order's lines."""
    found: list[Due] = []
    for line, attribute in order.attributes():
        due = _first_due(order, line, attribute, day - timedelta(days=1))
        if due is not None and due.due_on == day:
            found.append(due)
    return found


def due_through(order: Order, last: date) -> list[Due]:
    """Everything that falls due on or before `last`, day by day."""
    found: list[Due] = []
    day = next_due_day(order)
    while day is not None and day <= last:
        found.extend(due_on(order, day))
        day = next_due_day(order, day)
    return found


def charge_line(order: Order, due: Due, usage: Usage) -> InvoiceLine | None:
    """The invoice line of a charge, rounded once; None where nothing is due (design: Prices).

    A part of a period charges recurring prices by its days. Usage is never prorated: what was used was used.
    """
    line, attribute, period = due.line, due.attribute, due.period
    pricing = attribute.pricing
    calendar = order.calendar(line, attribute)
    used = usage.get(attribute.id, {}).get(period.start, 0)
    quantity = used if pricing.charge_type is ChargeType.USAGE else attribute.quantity
    charge = rate(pricing, quantity, currency=order.currency)
    share = calendar.share(period) if _is_prorated(attribute) else (1, 1)
    amount_minor = round_to_minor(prorated(charge.amount, share))
    if amount_minor == 0 and charge.billed_quantity == 0:
        return None
    return InvoiceLine(
        id=derived_uuid("invoice line", order.id, attribute.id, period.start.isoformat()),
        order_line_id=line.id,
        order_line_attribute_id=attribute.id,
        product_attribute_id=attribute.product_attribute_id,
        pricing_version=attribute.pricing_version,
        charge_type=pricing.charge_type,
        description=f"{line.name}: {attribute.name}",
        period_start=period.start,
        period_end=period.end,
        quantity=quantity,
        billed_quantity=charge.billed_quantity,
        unit_price_minor=charge.unit_price_minor,
        share_days=share[0],
        full_days=share[1],
        amount_minor=amount_minor,
    )


def fixed_amount_due(order: Order, day: date) -> int:
    """What falls due on `day` apart from usage, in minor units."""
    lines = (charge_line(order, due, {}) for due in due_on(order, day) if _is_fixed(due.attribute, order))
    return sum(line.amount_minor for line in lines if line is not None)


def fixed_amount_per_period(order: Order) -> int:
    """One full period of everything fixed, and what is charged once, in minor units."""
    return sum(
        round_to_minor(rate(attribute.pricing, attribute.quantity, currency=order.currency).amount)
        for _, attribute in order.attributes()
        if _is_fixed(attribute, order)
    )


def _is_fixed(attribute: OrderLineAttribute, order: Order) -> bool:
    """Whether the amount is known before: no usage, and (in a draft it may not be) sold in the order's currency."""
    pricing = attribute.pricing
    return pricing.charge_type is not ChargeType.USAGE and pricing.is_sold_in(order.currency)


def _is_prorated(attribute: OrderLineAttribute) -> bool:
    return attribute.pricing.charge_type in {ChargeType.RECURRING, ChargeType.SEAT_BASED}


def _first_due(order: Order, line: OrderLine, attribute: OrderLineAttribute, after: date | None) -> Due | None:
    """The component's first charge that falls due later than `after`."""
    calendar = order.calendar(line, attribute)
    in_advance = attribute.pricing.timing is BillingTiming.ADVANCE
    for period in _charged_periods(calendar, attribute, after):
        day = period.start if in_advance else period.end
        if after is None or day > after:
            return Due(day, line, attribute, period)
    return None


def _charged_periods(calendar: Calendar, attribute: OrderLineAttribute, after: date | None) -> Iterator[Period]:
    """The component's periods, beginning no later than the one that can fall due first after `after`."""
    if attribute.pricing.charge_type is ChargeType.ONE_TIME:
        first = calendar.period_of(calendar.start)
        yield from () if first is None else (first,)
        return
    day = calendar.start if after is None else max(calendar.start, after)
    period = calendar.period_of(day) or calendar.last_period()
    while period is not None:
        yield period
        period = calendar.period_of(period.end)
