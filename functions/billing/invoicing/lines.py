"""What charges of an order amount to: the lines of its invoices."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice

from functions.billing.ids import derived_uuid
from functions.billing.invoicing.dues import Due, day_due, due_on, is_full
from functions.billing.models.invoice import InvoiceLine, LineStep
from functions.billing.models.order import Order, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, ChargeType, Pricing, PricingModel
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.tiers import lower_bound
from functions.billing.models.usage import Usage
from functions.billing.money import round_to_minor
from functions.billing.periods import Period, prorated
from functions.billing.rating.charge import Charge
from functions.billing.rating.rate import rate

MAX_LATE_LINES = 50
"""Of one invoice."""


def charge_line(order: Order, due: Due, usage: Usage, *, others_minor: int = 0) -> InvoiceLine | None:
    """The invoice line of a charge, rounded once; None where nothing is due (design: Prices).

    A part of a period charges recurring prices by its days, and gives back as much. Usage is never prorated: what was
    used was used. `others_minor` is what a percentage is taken of: see `is_part_of_total`.
    """
    pricing = due.attribute.pricing
    if pricing.is_paid_in_credits:
        return None
    quantity = _quantity(due, usage)
    share = share_of(order, due)
    charge = rate(pricing, others_minor if is_percentage(due.attribute) else quantity, currency=order.currency)
    amount_minor = round_to_minor(prorated(charge.amount, share))
    if amount_minor == 0 and (charge.billed_quantity == 0 or due.is_repayment):
        return None
    line = _line(order, due, charge, share=share, amount_minor=amount_minor)
    return _repayment(order, due, line) if due.is_repayment else line


def share_of(order: Order, due: Due) -> tuple[int, int]:
    """The part of a full period that is charged, or given back: days of days; (1, 1) is all of it."""
    is_whole = not due.is_repayment and is_full(order, due.line, due.attribute, due.period)
    is_by_days = is_prorated(due.attribute) and not is_whole
    return order.calendar(due.line, due.attribute).share(due.period) if is_by_days else (1, 1)


def late_lines(
    order: Order, issue_date: date, usage: Usage, schedule: BillingSchedule, *, most: int | None = MAX_LATE_LINES
) -> Iterator[InvoiceLine]:
    """A line for each period that was billed before, and whose usage is another by now (design: late signals).

    Not for periods whose invoice is a draft still: it is computed anew when it is posted. An invoice must fit into one
    item, so what is more than `most` waits for the next; None is all that are late.
    """
    return islice(_late_lines(order, issue_date, usage, schedule), most)


def _late_lines(order: Order, issue_date: date, usage: Usage, schedule: BillingSchedule) -> Iterator[InvoiceLine]:
    for line, attribute in order.attributes():
        if attribute.pricing.charge_type is not ChargeType.USAGE:
            continue
        calendar = order.calendar(line, attribute)
        used, billed = usage.get(attribute.id, {}), schedule.billed_usage.get(attribute.id, {})
        for start in sorted(used.keys() | billed.keys()):
            period = calendar.period_of(start)
            if period is None or period.start != start:
                continue
            if not schedule.has_posted(day_due(attribute, calendar, period)):
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


def is_part_of_total(order: Order, line: InvoiceLine) -> bool:
    """Whether a percentage is also taken of this line: it recurs, and is no percentage itself (design: Prices).

    Of what an amendment gives back, or charges at once, none is taken: that falls on any day, and percentages do not.
    """
    recurs = line.charge_type in {ChargeType.RECURRING, ChargeType.SEAT_BASED}
    is_percentage_itself = line.pricing_model is PricingModel.PERCENT_OF_TOTAL
    return recurs and not is_percentage_itself and line.repays is None and not _settles(order, line)


def _settles(order: Order, line: InvoiceLine) -> bool:
    """Whether the line charges in advance what an amendment has begun within a period."""
    for place, attribute in order.attributes():
        if attribute.id == line.order_line_attribute_id and attribute.pricing.timing is BillingTiming.ADVANCE:
            period = Period(line.period_start, line.period_end)
            begins = order.calendar(place, attribute).full_period(period).start
            return attribute.term.starts_on == line.period_start and begins < line.period_start
    return False


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


def _quantity(due: Due, usage: Usage) -> int:
    if due.attribute.pricing.charge_type is ChargeType.USAGE:
        return usage.get(due.attribute.id, {}).get(due.period.start, 0)
    return due.attribute.quantity


def _line(order: Order, due: Due, charge: Charge, *, share: tuple[int, int], amount_minor: int) -> InvoiceLine:
    line, attribute, period = due.line, due.attribute, due.period
    pricing = attribute.pricing
    return InvoiceLine(
        id=_line_id(order, attribute, period),
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


def _line_id(order: Order, attribute: OrderLineAttribute, period: Period) -> str:
    return derived_uuid("invoice line", order.id, attribute.id, period.start.isoformat())


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
    percentages = [(place, due) for place, due in enumerate(dues) if is_percentage(due.attribute)]
    if percentages:
        total = sum(line.amount_minor for line in lines if line is not None and is_part_of_total(order, line))
        for place, due in percentages:
            lines[place] = charge_line(order, due, usage, others_minor=total)
    return tuple(line for line in lines if line is not None)


def _repayment(order: Order, due: Due, line: InvoiceLine) -> InvoiceLine:
    """As much less, for the days of an earlier line."""
    charged = order.calendar(due.line, due.attribute).period_of(due.period.start) or due.period
    return line.model_copy(
        update={
            "id": derived_uuid("repaying line", order.id, due.attribute.id, due.period.start.isoformat()),
            "description": f"Credit for unused time, {line.description}",
            "repays": _line_id(order, due.attribute, charged),
            "amount_minor": -line.amount_minor,
        }
    )
