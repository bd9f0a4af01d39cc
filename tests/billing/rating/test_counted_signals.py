from datetime import date, timedelta
from decimal import Decimal

import pytest

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.pricing import PricingModel
from functions.billing.models.segment import Entry, Segment
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.money import COST_DIGITS
from functions.billing.rating.counted_signals import CountedSignals, counted_signals
from functions.billing.rating.usage import rate_forward
from tests.builders import START, USAGE, make_attribute, make_entry, make_order, make_plan, make_pricing, make_segments

EMAILS = make_attribute(make_pricing(USAGE))
MARGIN = make_attribute(
    make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier=2, price_points=(), event_name=None), id="ola_margin"
)
PLAN = make_plan(make_order(EMAILS, MARGIN))
MAJOR = 10**COST_DIGITS

JULY = date(2025, 7, 1)


def counted(
    segments: list[Segment], *, before: int = 0, through: int, plan: RatingPlan = PLAN, attribute: str = EMAILS.id
) -> CountedSignals:
    return counted_signals(plan, segments, attribute_id=attribute, period_start=START, between=(before, through))


def email(day: int) -> Entry:
    return make_entry(START + timedelta(days=day - 1))


def cost(amount: int, currency: str = "USD") -> Entry:
    return make_entry(START, COST_EVENT, data=Cost(Decimal(amount), currency).to_data())


def test_what_is_counted_is_what_the_rating_counts() -> None:
    log = make_segments([email(3), make_entry(START, "other")], [make_entry(JULY), email(1)], [cost(5), email(30)])

    found = counted(log, through=3)

    usage = rate_forward(Checkpoint(), PLAN, log).usage
    assert (found.count, found.quantity, found.found) == (3, 3, usage[EMAILS.id][START])


def test_the_first_and_the_last_are_those_of_the_log_and_not_of_the_calendar() -> None:
    log = make_segments([make_entry(JULY), email(20)], [email(3)], [email(12), make_entry(START, "other")])

    found = counted(log, through=3)

    assert found.first == log[0].signal(1)
    assert found.last == log[2].signal(0)


@pytest.mark.parametrize(
    ("before", "through", "count", "first", "last"),
    [
        (0, 0, 0, None, None),
        (0, 1, 1, 0, 0),
        (0, 3, 3, 0, 2),
        (1, 3, 2, 1, 2),
        (2, 3, 1, 2, 2),
        (3, 3, 0, None, None),
        (3, 2, 0, None, None),
        (0, 9, 4, 0, 3),
        (5, 9, 0, None, None),
    ],
)
def test_a_stretch_goes_from_what_was_billed_before_to_what_is_billed(
    before: int, through: int, count: int, first: int | None, last: int | None
) -> None:
    log = make_segments([email(day) for day in (1, 2, 3, 4)])

    found = counted(log, before=before, through=through)

    assert (found.count, found.quantity, found.found) == (count, count, 4)
    assert found.first == (None if first is None else log[0].signal(first))
    assert found.last == (None if last is None else log[0].signal(last))


def test_costs_are_summed_and_counted_in_their_own_currency() -> None:
    log = make_segments([cost(5), cost(7, "EUR"), email(1)], [cost(1), cost(2)])

    everything = counted(log, through=8 * MAJOR, attribute=MARGIN.id)
    late = counted(log, before=5 * MAJOR, through=8 * MAJOR, attribute=MARGIN.id)

    assert (everything.count, everything.quantity) == (3, 8 * MAJOR)
    assert (late.count, late.quantity, late.found) == (2, 3 * MAJOR, 8 * MAJOR)
    assert late.first == log[1].signal(0)


def test_nothing_is_found_for_a_price_that_the_plan_does_not_know() -> None:
    assert counted(make_segments([email(1)]), through=1, plan=RatingPlan()) == CountedSignals(0, 0, None, None, 0)
