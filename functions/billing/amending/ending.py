"""A component ends, and another may stand in its place: what was charged is left alone, and given back where asked.

          C0         D             C1
before    |== old ======================|
none      |== old =================|== new ===      the period ends as it was charged
prorate   |== old =================|               C0..C1 was charged, D..C1 is given back
                     |== new ======|== new ===      D..C1 is charged by its days
"""

from datetime import date

from functions.billing.amending.standing import Standing
from functions.billing.ids import derived_uuid
from functions.billing.invoicing.dues import day_due, is_free, is_full
from functions.billing.invoicing.lines import is_prorated
from functions.billing.models.amendment import Treatment
from functions.billing.models.order import AmendedTerm, FirstPart, Order, OrderLine, OrderLineAttribute, Repayment
from functions.billing.models.pricing import BillingTiming
from functions.billing.periods import Period


def last_day_after(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, treatment: Treatment, standing: Standing
) -> date:
    """The first day on which the component stands no longer, if it is changed or ended with that treatment.

    What is charged once, and is not charged yet, is as if it never had been, whatever the treatment.
    """
    if attribute.happens_once:
        return order.calendar(line, attribute).start
    day = standing.day_of_change(order, line, attribute)
    period = order.calendar(line, attribute).period_of(day)
    if period is None:
        return day
    match treatment:
        case Treatment.PRORATE | Treatment.SIGNALS_FROM_AMENDMENT:
            return day
        case Treatment.ALL_SIGNALS_IN_PERIOD:
            return period.start
        case Treatment.NONE:
            begins_now = period.start == day and not standing.is_charged(order, line, attribute, period)
            return day if begins_now and not _came_within_a_period(order, line, attribute) else period.end


def _came_within_a_period(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> bool:
    """Whether an amendment has begun the component within a period, of its own and of what stood there before."""
    begins = attribute.term.starts_on
    if begins is None:
        return False
    before = [each for each in line.attributes if each.lineage == attribute.lineage and each.term.ends_on == begins]
    calendars = (order.calendar(line, each) for each in (*before, attribute))
    return all(calendar.full_period(Period(begins, begins)).start < begins for calendar in calendars)


def cut(
    order: Order,
    line: OrderLine,
    attribute: OrderLineAttribute,
    day: date,
    *,
    treatment: Treatment,
    standing: Standing,
) -> AmendedTerm:
    """The component's term when it, its line or its order ends on `day`, which is not in the past.

    A period that is charged already goes on to its end, and with `prorate` its rest is given back, once. One in arrears
    is charged by its days or its usage: on the day, or the next that is not billed.
    """
    term, settles_on = attribute.term, standing.settles_on
    period = order.calendar(line, attribute).period_of(day)
    if period is None:
        return term
    if standing.is_charged(order, line, attribute, period):
        owed_back = treatment is Treatment.PRORATE and term.repayment is None and is_prorated(attribute)
        if owed_back and not is_free(order, line, attribute, period):
            # What lies behind an end that moved with `none` stays charged.
            end = min(period.end, order.end_of(line, attribute) or date.max)
            term = term.model_copy(update={"repayment": Repayment(start=day, end=end, due_on=settles_on)})
        return term.model_copy(update={"paid_until": period.end})
    in_arrears = attribute.pricing.timing is BillingTiming.ARREARS
    is_billed_today = period.start < day < settles_on
    return term.model_copy(update={"closes_on": settles_on}) if in_arrears and is_billed_today else term


def ended(
    order: Order,
    line: OrderLine,
    attribute: OrderLineAttribute,
    day: date,
    *,
    treatment: Treatment,
    standing: Standing,
) -> OrderLineAttribute | None:
    """The component that ends on `day`; None of one that would have stood for no day, and is charged for none."""
    first = order.calendar(line, attribute).period_of(day)
    begins = order.calendar(line, attribute).start
    if day < begins or (day == begins and (first is None or not standing.is_charged(order, line, attribute, first))):
        return None
    term = cut(order, line, attribute, day, treatment=treatment, standing=standing)
    return attribute.model_copy(update={"amended": term.model_copy(update={"ends_on": day})})


def replaced(
    order: Order,
    line: OrderLine,
    attribute: OrderLineAttribute,
    day: date,
    *,
    treatment: Treatment,
    standing: Standing,
) -> OrderLineAttribute | None:
    """As `ended`, where another stands in its place: what is charged in arrears until then falls to the next run.

    So it is not billed yet when the change is taken back on the same day: see `reversal`.
    """
    old = ended(order, line, attribute, day, treatment=treatment, standing=standing)
    period = order.calendar(line, attribute).period_of(day)
    is_cut_off = period is not None and period.start < day < standing.next_run
    if old is None or not is_cut_off or attribute.pricing.timing is not BillingTiming.ARREARS:
        return old
    return old.model_copy(update={"amended": old.term.model_copy(update={"closes_on": standing.next_run})})


def successor(
    order: Order,
    line: OrderLine,
    sold: OrderLineAttribute,
    day: date,
    *,
    old: OrderLineAttribute | None,
    standing: Standing,
) -> OrderLineAttribute:
    """What stands in the place of a component from `day` on.

    `sold` is that component as it is sold from then on, `old` as it ends, None where it never stood. Its
    periods stay: no change moves them. Nothing of it falls due on a day that is billed already.
    """
    term = sold.term.model_copy(update={"lineage": sold.lineage, "goes_on": False})
    calendar = order.calendar(line, sold)
    period = calendar.period_of(day)
    if old is not None:
        begins_within = period is not None and (period.start < day or old.term.repayment is not None)
        term = AmendedTerm(
            starts_on=day,
            ends_on=sold.term.ends_on,
            counted_from=calendar.counted_from or calendar.start,
            due_from=standing.settles_on if begins_within and day <= standing.settles_on else None,
            first_part=FirstPart.NONE if _is_paid_for(order, line, old, day) else None,
            lineage=sold.lineage,
        )
    new_id = derived_uuid("successor", sold.id, str(order.version), day.isoformat())
    return _due_in_time(order, line, sold.model_copy(update={"id": new_id, "amended": term}), standing)


def going_on(new: OrderLineAttribute) -> OrderLineAttribute:
    """The component as one whose credits came with the part of the period that an end had cut off."""
    return new.model_copy(update={"amended": new.term.model_copy(update={"goes_on": True})})


def _is_paid_for(order: Order, line: OrderLine, old: OrderLineAttribute, day: date) -> bool:
    """Whether `day` lies in the first period of the component as it was, and what is left of that costs nothing.

    Its part was free, or charged as a whole one and kept.
    """
    calendar = order.calendar(line, old)
    first = calendar.full_period(Period(calendar.start, day))
    part = Period(calendar.start, first.end)
    is_kept_whole = is_full(order, line, old, part) and old.term.repayment is None
    return day < first.end and (is_kept_whole or is_free(order, line, old, part))


def _due_in_time(order: Order, line: OrderLine, new: OrderLineAttribute, standing: Standing) -> OrderLineAttribute:
    """The component, whose first charge waits where its day is billed: in arrears before, in advance from then on."""
    calendar = order.calendar(line, new)
    first = calendar.period_of(calendar.start)
    if first is None or day_due(new, calendar, first) >= standing.settles_on:
        return new
    return new.model_copy(update={"amended": new.term.model_copy(update={"due_from": standing.settles_on})})
