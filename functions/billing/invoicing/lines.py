"""Which charges of an order fall due on a date, and what they amount to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from functions.billing.ids import derived_uuid
from functions.billing.models.invoice import InvoiceLine, LineStep
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, ChargeType, Pricing, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tiers import lower_bound
from functions.billing.models.usage import Usage
from functions.billing.money import round_to_minor
from functions.billing.periods import Calendar, Period, day_of, prorated
from functions.billing.rating.charge import Charge
from functions.billing.rating.rate import rate

CLOSING_TIME = timedelta(days=31)

MAX_LATE_LINES = 50
"""Of one invoice."""


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


def charge_line(order: Order, due: Due, usage: Usage, *, others_minor: int = 0) -> InvoiceLine | None:
    """The invoice line of a charge, rounded once; None where nothing is due (design: Prices).

    A part of a period charges recurring prices by its days. Usage is never prorated: what was used was used.
    `others_minor` is what a percentage is taken of: see `is_part_of_total`.
    """
    pricing = due.attribute.pricing
    if pricing.is_paid_in_credits:
        return None
    quantity = _quantity(due, usage)
    share = order.calendar(due.line, due.attribute).share(due.period) if is_prorated(due.attribute) else (1, 1)
    charge = rate(pricing, others_minor if is_percentage(due.attribute) else quantity, currency=order.currency)
    amount_minor = round_to_minor(prorated(charge.amount, share))
    if amount_minor == 0 and charge.billed_quantity == 0:
        return None
    return _line(order, due, charge, share=share, amount_minor=amount_minor)


def late_lines(order: Order, issue_date: date, usage: Usage, schedule: BillingSchedule) -> Iterator[InvoiceLine]:
    """A line for each period that was billed before, and whose usage is another by now (design: late signals).

    Not for periods whose invoice is a draft still: it is computed anew when it is posted. An invoice must fit into one
    item, so what is more than `MAX_LATE_LINES` waits for the next.
    """
    return islice(_late_lines(order, issue_date, usage, schedule), MAX_LATE_LINES)


def _late_lines(order: Order, issue_date: date, usage: Usage, schedule: BillingSchedule) -> Iterator[InvoiceLine]:
    for line, attribute in order.attributes():
        if attribute.pricing.charge_type is not ChargeType.USAGE:
            continue
        calendar = order.calendar(line, attribute)
        used, billed = usage.get(attribute.id, {}), schedule.billed_usage.get(attribute.id, {})
        for start in sorted(used.keys() | billed.keys()):
            period = calendar.period_of(start)
            if period is None or period.start != start or not schedule.has_posted(period.end):
                continue
            late = _late_line(order, Due(issue_date, line, attribute, period), usage, billed.get(start, 0))
            if late is not None:
                yield late


def is_percentage(attribute: OrderLineAttribute) -> bool:
    return attribute.pricing.model is PricingModel.PERCENT_OF_TOTAL


def is_prorated(attribute: OrderLineAttribute) -> bool:
    """Whether a part of a period is charged by its days; a percentage is taken of amounts that are prorated already."""
    recurs = attribute.pricing.charge_type in {ChargeType.RECURRING, ChargeType.SEAT_BASED}
    return recurs and not is_percentage(attribute)


def is_part_of_total(line: InvoiceLine) -> bool:
    """Whether a percentage is also taken of this line: it recurs, and is no percentage itself (design: Prices)."""
    recurs = line.charge_type in {ChargeType.RECURRING, ChargeType.SEAT_BASED}
    return recurs and line.pricing_model is not PricingModel.PERCENT_OF_TOTAL


def _late_line(order: Order, due: Due, usage: Usage, billed_before: int) -> InvoiceLine | None:
    """All of the period's usage at its price, less what was charged for `billed_before`."""
    pricing, used = due.attribute.pricing, _quantity(due, usage)
    if used == billed_before:
        return None
    charge = rate(pricing, used, currency=order.currency)
    before = rate(pricing, billed_before, currency=order.currency)
    before_minor = round_to_minor(before.amount)
    amount_minor = round_to_minor(charge.amount) - before_minor
    if amount_minor == 0 and charge.billed_quantity == before.billed_quantity:
        return None
    line = _line(order, due, charge, share=(1, 1), amount_minor=amount_minor)
    return line.model_copy(
        update={
            "id": derived_uuid(
                "late line", order.id, due.attribute.id, due.period.start.isoformat(), due.due_on.isoformat()
            ),
            "description": f"Late usage, {line.description}",
            "is_late": True,
            "billed_before": billed_before,
            "billed_before_minor": before_minor,
        }
    )


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


def _quantity(due: Due, usage: Usage) -> int:
    if due.attribute.pricing.charge_type is ChargeType.USAGE:
        return usage.get(due.attribute.id, {}).get(due.period.start, 0)
    return due.attribute.quantity


def _line(order: Order, due: Due, charge: Charge, *, share: tuple[int, int], amount_minor: int) -> InvoiceLine:
    line, attribute, period = due.line, due.attribute, due.period
    pricing = attribute.pricing
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
        pricing_model=pricing.model,
        credits_currency_id=None if pricing.credits is None else pricing.credits.currency_id,
        quantity=int(charge.quantity),
        billed_quantity=int(charge.billed_quantity),
        unit_price_minor=charge.unit_price_minor,
        factor=_factor(pricing),
        steps=tuple(_steps(charge, pricing, order.currency)),
        share_days=share[0],
        full_days=share[1],
        amount_minor=amount_minor,
    )


def _factor(pricing: Pricing) -> Decimal | None:
    """What the quantity is multiplied by where it is no number of units: a percentage, a multiple, a credit's price."""
    if pricing.model.takes_credits:
        return Decimal(pricing.overage_unit_minor or 0)
    return pricing.percentage if pricing.percentage is not None else pricing.multiplier


def _steps(charge: Charge, pricing: Pricing, currency: str) -> Iterator[LineStep]:
    """The steps of a tiered price, each with the bounds of its tier."""
    tiers = pricing.price_in(currency).tiers if pricing.model.has_tiers else ()
    for step in charge.steps:
        if step.tier is not None:
            yield LineStep(
                tier=step.tier,
                first=lower_bound(tiers, step.tier - 1),
                last=tiers[step.tier - 1].up_to,
                quantity=int(step.quantity),
                price_minor=int(step.price_minor),
                is_flat=step.is_flat,
            )


def charged_on(order: Order, day: date, usage: Usage) -> tuple[InvoiceLine, ...]:
    """The lines of everything that falls due on `day`, in the order of the order's lines; no late usage."""
    dues = due_on(order, day)
    lines = [None if is_percentage(due.attribute) else charge_line(order, due, usage) for due in dues]
    total = sum(line.amount_minor for line in lines if line is not None and is_part_of_total(line))
    for place, due in enumerate(dues):
        if is_percentage(due.attribute):
            lines[place] = charge_line(order, due, usage, others_minor=total)
    return tuple(line for line in lines if line is not None)


def fixed_amount_due(order: Order, day: date) -> int:
    """What falls due on `day` apart from usage, in minor units; what has no price in a draft yet is left out."""
    lines = charged_on(_without_usage(order), day, {})
    return sum(line.amount_minor for line in lines)


def fixed_amount_per_period(order: Order) -> int:
    """One full period of everything fixed, and what is charged once, in minor units."""
    total, part = 0, 0
    percentages: list[OrderLineAttribute] = []
    for _, attribute in _without_usage(order).attributes():
        if is_percentage(attribute):
            percentages.append(attribute)
            continue
        amount = round_to_minor(rate(attribute.pricing, attribute.quantity, currency=order.currency).amount)
        total += amount
        part += amount if attribute.pricing.charge_type is not ChargeType.ONE_TIME else 0
    return total + sum(round_to_minor(rate(a.pricing, part, currency=order.currency).amount) for a in percentages)


def _without_usage(order: Order) -> Order:
    """What of the order has an amount that is known before: no usage, and sold in the order's currency."""

    def is_fixed(attribute: OrderLineAttribute) -> bool:
        pricing = attribute.pricing
        return pricing.charge_type is not ChargeType.USAGE and pricing.is_sold_in(order.currency)

    lines = [
        line.model_copy(update={"attributes": tuple(a for a in line.attributes if is_fixed(a))}) for line in order.lines
    ]
    return order.model_copy(update={"lines": tuple(lines)})


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
