"""The credits that come with what is bought: which grants an order makes, period by period (contract 2.4).

They follow from the plan and the calendar alone, so nothing has to be written when a period begins, and an order that
is activated for the past has granted in every period since.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from functions.billing.ids import derived_id
from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.models.pricing import Cadence, CreditBenefit, Recipient, RolloverUnit
from functions.billing.models.rating_plan import PlanBenefit
from functions.billing.models.seats import seat_id
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import Calendar, Period


def benefit_grants(plan: RatingPlan, *, through: date) -> Iterator[CreditGrant]:
    """What the orders of the plan grant on or before `through`."""
    for order_id, each in plan.benefits:
        for seat in _recipients(order_id, each):
            for number, (period, amount_micro) in enumerate(_slices(each, through)):
                yield _grant(each, number, period, amount_micro, seat)


def _recipients(order_id: str, each: PlanBenefit) -> Iterator[str | None]:
    """The seats that get so many each; None is the customer, that gets them once."""
    if each.benefit.recipient is Recipient.ORGANIZATION:
        yield None
    for attribute_id, count in each.seats:
        yield from (seat_id(order_id, attribute_id, index) for index in range(count))


def _slices(each: PlanBenefit, through: date) -> Iterator[tuple[Period, int]]:
    """The days for which a grant is made, and what of the benefit it is."""
    full_micro = each.benefit.amount_micro * each.quantity
    for period in each.calendar.periods():
        if period.start > through:
            return
        if each.benefit.cadence is Cadence.MONTHLY and each.months > 1:
            yield from _months(each, period, full_micro, through)
        else:
            yield period, full_micro
        if each.happens_once:
            return


def _months(each: PlanBenefit, period: Period, full_micro: int, through: date) -> Iterator[tuple[Period, int]]:
    """The months of a longer period, each with its part: in the end they have given all of it, to the millionth."""
    day, given = period.start, 0
    for number in range(1, each.months + 1):
        month = each.calendar_of_months.period_of(day)
        if month is None or day >= period.end or day > through:
            return
        part = full_micro * number // each.months - given
        yield Period(month.start, min(month.end, period.end)), part
        given, day = given + part, month.end


def _grant(each: PlanBenefit, number: int, period: Period, amount_micro: int, seat: str | None) -> CreditGrant:
    benefit, lasts = each.benefit, each.happens_once
    name = (each.order_line_attribute_id, str(each.place), period.start.isoformat(), str(number))
    return CreditGrant(
        id=derived_id("cg", *name, *(() if seat is None else (seat,))),
        currency_id=benefit.currency_id,
        amount_micro=amount_micro,
        starts_on=period.start,
        given_on=max(period.start, each.activated_on),
        expires_on=None if lasts else period.end,
        rollover=None if lasts else _rollover(benefit, period),
        seat_id=seat,
        is_infinite=benefit.is_infinite,
    )


def _rollover(benefit: CreditBenefit, period: Period) -> Rollover | None:
    if benefit.rollover_micro is None or benefit.rollover_duration is None:
        return None
    if benefit.rollover_unit is RolloverUnit.DAYS:
        until = period.end + timedelta(days=benefit.rollover_duration)
    else:
        until = next(Calendar(period.end, period.end.day, benefit.rollover_duration).periods()).end
    return Rollover(amount_micro=benefit.rollover_micro, until=until)
