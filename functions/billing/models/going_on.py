"""Which credits go on when an amendment sets another component in the place of theirs, until when, and on whose charge.

             part begins     D             part ends
one          |=== its own ===|
another                      |=== still ===|=== its own ===
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from functions.billing.models.order import Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, Cadence
from functions.billing.periods import Period


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a component's last credits last, and which charge closes them: see `PlanBenefit`."""

    end: date | None
    stops_on: date | None
    closes_on: date | None = None
    settled_on: date | None = None


def goes_on_for(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> OrderLineAttribute | None:
    """The component in whose place `attribute` came, whose credits were as many, and for as long periods.

    It stood until then, or that day was charged with it. None where there is no such.
    """
    own = [each for each in line.attributes if each.lineage == attribute.lineage]
    ahead = own[: next((at for at, each in enumerate(own) if each.id == attribute.id), len(own))]
    for each in reversed(ahead):
        is_next = each.term.ends_on is not None and each.term.ends_on == attribute.term.starts_on
        if is_next and _has_begun(order, line, each) and credits_of(order, each) == credits_of(order, attribute):
            return each
    return None


def begun_until(order: Order, line: OrderLine, attribute: OrderLineAttribute, cadence: Cadence) -> date | None:
    """The end of the period, or of its month, whose credits came with the component that `attribute` goes on for.

    That one had begun it, or was charged for it on its first day. None where there is none.
    """
    if not attribute.term.goes_on:
        return None
    calendar = replace(order.calendar(line, attribute), end=None)
    parts = replace(calendar, months=1) if cadence is Cadence.MONTHLY else calendar
    begun = parts.full_period(Period(calendar.start, calendar.start))
    before = goes_on_for(order, line, attribute)
    was_charged = before is not None and (before.term.paid_until or date.min) > calendar.start
    return begun.end if begun.start < calendar.start or was_charged else None


def lasting(order: Order, line: OrderLine, attribute: OrderLineAttribute, cadence: Cadence) -> Lasting | None:
    """Those of the period, or month, last as long as what goes on with them; None where nothing does."""
    chain = [attribute, *_followers(order, line, attribute)]
    period_end = begun_until(order, line, chain[1], Cadence.UPFRONT) if len(chain) > 1 else None
    if period_end is None:
        return None
    # What comes by the month waits for the charge of its period, which what goes on closes: also months that are over.
    until = begun_until(order, line, chain[1], cadence) or order.calendar(line, chain[1]).start
    calendar, last, stops = order.calendar(line, attribute), chain[-1], order.end_of(line, chain[-1])
    settled_on = _settled_on(order, line, chain, period_end)
    if stops is None or stops >= until:
        closed = period_end if stops is None or stops >= period_end else max(stops, last.term.closes_on or stops)
        return Lasting(until, stops_on(order, line, last), closed, settled_on)
    closes_on = last.term.closes_on if calendar.end is None or stops > calendar.end else None
    lasts_until = max(stops, calendar.end or stops)
    return Lasting(lasts_until, stops if stops < lasts_until else None, closes_on, settled_on)


def stops_on(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> date | None:
    """The day from which the component's credits are none, where an amendment ends it within its last period."""
    end = order.end_of(line, attribute)
    return None if end == order.calendar(line, attribute).end else end


def _settled_on(order: Order, line: OrderLine, chain: Sequence[OrderLineAttribute], period_end: date) -> date | None:
    """The day of the last charge in arrears, where what goes on charges the rest of the period in advance.

    Then nothing may be charged when the period ends. None where it is not so.
    """
    for one, other in pairwise(chain):
        end = order.end_of(line, one) or period_end
        if not _is_in_arrears(one) or end >= period_end:
            return None
        if not _is_in_arrears(other):
            return max(end, one.term.due_from or end, one.term.closes_on or end)
    return None


def _is_in_arrears(attribute: OrderLineAttribute) -> bool:
    return attribute.pricing.timing is BillingTiming.ARREARS


def _followers(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> Iterator[OrderLineAttribute]:
    """What goes on for the component, what for that one, and so on."""
    goes_on = {before.id: each for each in line.attributes if (before := goes_on_for(order, line, each)) is not None}
    while (follower := goes_on.get(attribute.id)) is not None:
        if not follower.term.goes_on or order.end_of(line, attribute) != follower.term.starts_on:
            return
        yield follower
        attribute = follower


def _has_begun(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> bool:
    """Whether it stood for a day, or was charged for its first."""
    calendar, end = order.calendar(line, attribute), attribute.term.ends_on or date.max
    return end > calendar.start or (attribute.term.paid_until or date.min) > end


def credits_of(order: Order, attribute: OrderLineAttribute) -> object:
    """How many come with it, and for how long periods."""
    pricing = attribute.pricing
    return pricing.benefits, attribute.quantity, (order.billing_frequency_override or pricing).months
