"""The credits that come with what is bought: which grants an order makes, period by period (contract 2.4).

They follow from the plan and the calendar, so nothing has to be written when a period begins, and an order that is
activated for the past has granted in every period since. Those that wait for an invoice follow from that one, too: what
is given when it is posted, or paid, changes nothing of what was charged until then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from types import MappingProxyType

from functions.billing.ids import derived_id
from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.models.pricing import GrantTiming, Recipient, RolloverUnit
from functions.billing.models.rating_plan import PlanBenefit
from functions.billing.models.seats import seat_id
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import Calendar, Period, day_of, midnight, months_after

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Awaited:
    """The invoice that credits wait for, by what it bills; `timing` says until when."""

    order_id: str
    currency: str
    issue_date: date
    timing: GrantTiming


def awaited(plan: RatingPlan, *, through: date) -> set[Awaited]:
    """What the credits of the periods wait for that begin on or before `through`."""
    return {
        invoice
        for order_id, each in plan.benefits
        for period in _periods(each, through)
        if (invoice := _awaited(order_id, each, period)) is not None
    }


@dataclass(frozen=True, slots=True)
class _Slice:
    """What of a benefit comes for which days of which billing period; the number counts on through all periods."""

    number: int
    period: Period
    days: Period
    amount_micro: int


def benefit_grants(
    plan: RatingPlan, *, through: date, given: Mapping[Awaited, datetime] = MappingProxyType({})
) -> Iterator[CreditGrant]:
    """What the orders of the plan grant on or before `through`; `given` is when what is awaited came."""
    for order_id, each in plan.benefits:
        for part in _slices(each, through):
            invoice = _awaited(order_id, each, part.period)
            if invoice is None:
                yield from _grants(order_id, each, part, given_at=each.activated_at)
            elif invoice in given and day_of(given[invoice]) <= through:
                left = replace(part, days=_from(each, part.days, day_of(given[invoice])))
                yield from _grants(order_id, each, left, given_at=given[invoice])


def grants_of_period(order_id: str, each: PlanBenefit, day: date) -> Iterator[CreditGrant]:
    """What comes in the billing period of a day, whatever it waits for; its moments are those of the days."""
    period = each.calendar.period_of(day)
    if period is None:
        return
    for part in _slices(each, period.end - _DAY):
        if part.period == period:
            yield from _grants(order_id, each, part, given_at=midnight(part.days.start))


def waiting_grants(plan: RatingPlan, *, through: date, given: Mapping[Awaited, datetime]) -> Iterator[CreditGrant]:
    """Those of the periods begun by then whose invoices are awaited still."""
    for order_id, each in plan.benefits:
        for part in _slices(each, through):
            invoice = _awaited(order_id, each, part.period)
            if invoice is not None and (invoice not in given or day_of(given[invoice]) > through):
                yield from _grants(order_id, each, part, given_at=midnight(date.max))


def _awaited(order_id: str, each: PlanBenefit, period: Period) -> Awaited | None:
    """The invoice with the component's charge of that period; None where its credits come by themselves."""
    if each.benefit.timing is GrantTiming.ON_ACTIVATION:
        return None
    return Awaited(order_id, each.currency, each.charged_on(period), each.benefit.timing)


def _from(each: PlanBenefit, slice_: Period, day: date) -> Period:
    """What is left of a period on the day; of one that is over, the rest of the one that the day lies in."""
    if day < slice_.end:
        return Period(max(day, slice_.start), slice_.end)
    return Period(day, _full_end(each, day))


def _full_end(each: PlanBenefit, day: date) -> date:
    """Of the period, or of its month, that the day lies in: wherever the component ends."""
    months = 1 if each.comes_monthly else each.months
    endless = Calendar(each.start, each.anchor_day, months, counted_from=each.counted_from)
    return endless.full_period(Period(day, day)).end


def _recipients(order_id: str, each: PlanBenefit) -> Iterator[str | None]:
    """The seats that get so many each; None is the customer, that gets them once."""
    if each.benefit.recipient is Recipient.ORGANIZATION:
        yield None
    for attribute_id, number in each.seats:
        yield from (seat_id(order_id, attribute_id, index) for index in range(number))


def _periods(each: PlanBenefit, through: date) -> Iterator[Period]:
    for period in each.calendar.periods():
        if period.start > through:
            return
        yield period
        if each.happens_once:
            return


def _slices(each: PlanBenefit, through: date) -> Iterator[_Slice]:
    """Those that begin on or before `through`, without what came with another component; none where nothing was sold.

    By the days of the period: what waits for an invoice comes on other days, but with this component all the same.
    """
    begun_until = each.begun_until or date.min
    return (part for part in _all_slices(each, through) if begun_until <= part.days.start)


def _all_slices(each: PlanBenefit, through: date) -> Iterator[_Slice]:
    full_micro, number = each.benefit.amount_micro * each.quantity, count()
    for period in _periods(each, through) if each.quantity else ():
        days, full_days = _share(each, period)
        if each.comes_monthly and days == full_days:
            yield from (_Slice(next(number), period, *month) for month in _months(each, period, full_micro, through))
        else:
            yield _Slice(next(number), period, period, full_micro * days // full_days)


def _share(each: PlanBenefit, period: Period) -> tuple[int, int]:
    """How much of a period's credits it brings: its days, and those of a full one if it starts after its anchor day.

    So is its fee charged. All come once, all with what an amendment adds (`creditGrant` is full), and all where the end
    cuts a period off: that may be set when the credits are taken already, and nothing that was given is taken back.
    """
    if each.happens_once or each.counted_from is not None:
        return 1, 1
    endless = Calendar(each.start, each.anchor_day, each.months)
    return endless.share(endless.period_of(period.start) or period)


def _months(each: PlanBenefit, period: Period, full_micro: int, through: date) -> Iterator[tuple[Period, int]]:
    """The months of a longer period, each with its part: in the end they have given all of it, to the millionth.

    Also where an amendment made the period begin with one component and end with another: each goes on in the share
    where the one before it stopped.
    """
    full, given = each.calendar.full_period(period), 0
    day = full.start
    for number in range(1, each.months + 1):
        month = each.calendar_of_months.full_period(Period(day, full.end))
        if day >= period.end or day > through:
            return
        part = full_micro * number // each.months - given
        if month.end > period.start:
            yield Period(max(month.start, period.start), min(month.end, period.end)), part
        given, day = given + part, month.end


def _grants(order_id: str, each: PlanBenefit, part: _Slice, *, given_at: datetime) -> Iterator[CreditGrant]:
    """One for each recipient; none of what would begin when the component has stopped."""
    benefit, is_kept = each.benefit, each.happens_once
    if part.days.start >= (each.stops_on or date.max):
        return
    name = (each.order_line_attribute_id, str(each.place), str(part.number))
    end, full_end = part.days.end, _full_end(each, part.days.start)
    would_last = None if is_kept or end == full_end else full_end
    for seat in _recipients(order_id, each):
        yield CreditGrant(
            id=derived_id("cg", *name, *(() if seat is None else (seat,))),
            currency_id=benefit.currency_id,
            amount_micro=part.amount_micro,
            starts_on=part.days.start,
            given_at=given_at,
            expires_on=None if is_kept else end,
            rollover=None if is_kept else _rollover(each, end),
            seat_id=seat,
            is_infinite=benefit.is_infinite,
            stops_on=each.stops_on if each.stops_on is not None and each.stops_on < end else None,
            would_last=None if would_last is None else _rolled_over(each, would_last),
            order_id=order_id,
        )


def _rollover(each: PlanBenefit, end: date) -> Rollover | None:
    benefit, until = each.benefit, _rolled_over(each, end)
    if benefit.rollover_micro is None or until == end:
        return None
    return Rollover(amount_micro=benefit.rollover_micro * each.quantity, until=until)


def _rolled_over(each: PlanBenefit, end: date) -> date:
    """Until when what rolls over lasts, of what would end then; that day where nothing does."""
    benefit, duration = each.benefit, each.benefit.rollover_duration
    if benefit.rollover_micro is None or duration is None:
        return end
    if benefit.rollover_unit is RolloverUnit.DAYS:
        return end + timedelta(days=duration)
    return months_after(end, duration, anchor_day=each.anchor_day)
