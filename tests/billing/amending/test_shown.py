"""What a preview shows is the difference that the amendment makes: the same order is billed with it and without."""

import copy
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.errors import BillingError
from functions.billing.invoicing.dues import due_on
from functions.billing.models.amendment import (
    Amendment,
    Asked,
    MoneyEffectKind,
    UpdateLineTerm,
    UpdateOrderTerm,
    UpdatePricing,
)
from functions.billing.models.order import FirstPart, Order
from functions.billing.models.pricing import BillingFrequency, Pricing, PricingModel
from functions.billing.models.tiers import Tier
from functions.billing.periods import midnight
from tests.billing.amending.selling import (
    NONE,
    PRORATE,
    added,
    amend,
    amounts,
    end,
    fee,
    latest,
    order_of,
    quantity,
    running,
)
from tests.billing.strategies import law
from tests.builders import ADVANCE, ARREARS, RECURRING, make_attribute, make_order, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MARCH, MID_MARCH, DAY = date(2025, 3, 1), date(2025, 3, 15), timedelta(days=1)


def test_what_was_to_come_anyway_is_not_shown() -> None:
    """31.00 added on a billed day: 17.00 come tomorrow, whenever the order ends later."""
    shop = running(fee(10_00), start=MARCH)
    shop.bill_until(MID_MARCH)
    amend(shop, MID_MARCH, added(fee(31_00)))

    done = amend(shop, MID_MARCH, UpdateOrderTerm(new_end=midnight(date(2025, 6, 1))))

    assert shown(done) == []


@pytest.mark.parametrize(
    ("end_before", "end_after", "effects", "charged"),
    [
        # 31.00 for March were to come today, 15.00 come; and the other way round.
        (None, date(2025, 3, 16), [(MoneyEffectKind.CREDIT, 16_00)], 15_00),
        (date(2025, 3, 16), date(2025, 4, 1), [(MoneyEffectKind.CHARGE, 16_00)], 31_00),
        (date(2025, 6, 1), date(2025, 4, 1), [], 31_00),
    ],
)
def test_an_end_that_is_set_on_the_first_day_of_a_period_shows_what_it_makes_of_that(
    end_before: date | None, end_after: date, effects: list[tuple[MoneyEffectKind, int]], charged: int
) -> None:
    shop = running(fee(31_00), start=date(2025, 2, 1), end=end_before)

    done = amend(shop, MARCH, UpdateOrderTerm(new_end=midnight(end_after)))

    assert shown(done) == effects
    assert amounts(shop, MARCH) == [charged]


def test_another_quantity_from_the_first_day_of_a_period_is_settled_nowhere() -> None:
    """SEAT-03: 7 x 29.95 = 209.65, then 10 x 29.95 = 299.50, and no proration lines."""
    shop = running(fee(29_95, 7), start=date(2025, 2, 1))

    done = amend(shop, MARCH, quantity(10))

    assert done.plan.money_effects == ()
    assert amounts(shop, MARCH) == [299_50]


def test_what_was_to_come_and_comes_no_more_is_a_credit() -> None:
    """10 x 31.00 x 17/31 was to be charged tomorrow, and 2 x are."""
    shop = running(fee(31_00), start=MARCH)
    shop.bill_until(MID_MARCH)
    ten = latest_after(shop, quantity(10))

    done = amend(shop, MID_MARCH, quantity(2, of=ten))

    assert shown(done) == [("prorationCredit", 170_00), ("prorationCharge", 34_00)]


def test_what_was_added_and_ends_before_it_is_charged_is_shown_as_less() -> None:
    shop = running(fee(10_00), start=MARCH)
    shop.bill_until(MID_MARCH)
    more = latest_after(shop, added(fee(31_00)))

    assert shown(amend(shop, MID_MARCH, end(of=more))) == [("prorationCredit", 17_00)]


def test_what_a_late_run_charges_is_not_shown() -> None:
    """The days of the 10th to the 31st fell due on the 10th: 22.00. From the 12th on 20 days at 1.00 go, and come."""
    shop = Shop()
    start = date(2025, 3, 10)
    shop.sell(make_order(fee(31_00), start=start, billing_anchor=1, auto_post_invoices=True), on=midnight(start))

    done = amend(shop, date(2025, 3, 12), quantity(2))

    assert shown(done) == [("prorationCredit", 20_00), ("prorationCharge", 40_00)]


def test_what_the_next_period_costs_is_not_shown() -> None:
    """Nothing of it is settled: from April on, which begins today and is not billed yet, it is 20.00 a month."""
    shop = running(fee(10_00), start=MARCH)

    assert shown(amend(shop, date(2025, 4, 1), quantity(2))) == []


def test_a_period_that_begins_today_because_another_is_cut_off_is_shown() -> None:
    """A quarter of 30.00 in arrears: 31 of 90 days are due tomorrow. From 1 February on 10.00 a month, in advance."""
    shop = running(fee(30_00, timing=ARREARS, frequency=BillingFrequency.QUARTERLY), start=date(2025, 1, 1))
    monthly = UpdatePricing(attribute_id="ola_recurring", pricing=fee(10_00).pricing, treatment=PRORATE)

    done = amend(shop, date(2025, 2, 1), monthly)

    assert shown(done) == [("prorationCharge", 10_00), ("prorationCharge", 10_33)]
    assert [amounts(shop, day) for day in (date(2025, 2, 1), date(2025, 2, 2))] == [[10_00], [10_33]]


@pytest.mark.parametrize("late", [False, True])
def test_on_the_last_day_of_a_period_in_arrears_that_day_at_its_new_price_is_shown_as_well(*, late: bool) -> None:
    """1 April asks for 30 of 31 days of 31.00 in the place of all of them, and for a day of 62.00."""
    last_day, april = date(2025, 3, 31), date(2025, 4, 1)
    shop = running(fee(31_00, timing=ARREARS), start=MARCH)
    if not late:
        shop.bill_until(last_day)

    done = amend(shop, last_day, quantity(2))

    assert shown(done) == [("prorationCredit", 1_00), ("prorationCharge", 2_00)]
    assert {effect.due_on for effect in done.plan.money_effects} == {april}
    back = amend(copy.deepcopy(shop), last_day, quantity(1, of=latest(shop).id))
    assert sorted(shown(back)) == [("prorationCharge", 1_00), ("prorationCredit", 2_00)]
    assert amounts(shop, april) == [30_00, 2_00]


@pytest.mark.parametrize(("day", "charged_next"), [(30, 29_00), (15, 14_00)])
def test_before_it_only_what_the_next_run_brings_is_shown(day: int, charged_next: int) -> None:
    shop = running(fee(31_00, timing=ARREARS), start=MARCH)

    assert shown(amend(shop, date(2025, 3, day), quantity(2))) == [("prorationCharge", charged_next)]


def shown(done: Amendment) -> list[tuple[str, int]]:
    return [(effect.kind, effect.amount_minor) for effect in done.plan.money_effects]


def latest_after(shop: Shop, intent: Asked) -> str:
    """The id of the component that comes by the intent."""
    amend(shop, MID_MARCH, intent)
    return latest(shop).id


TIERS = (Tier(up_to=3, unit_minor=7_77, flat_minor=5_00), Tier(unit_minor=3_33))


def pricings() -> st.SearchStrategy[Pricing]:
    timings, lengths = st.sampled_from([ADVANCE, ADVANCE, ARREARS]), st.sampled_from([*BillingFrequency][:4])
    simple = st.builds(
        lambda minor, timing, length: fee(minor, timing=timing, frequency=length).pricing,
        st.integers(0, 99_99),
        timings,
        lengths,
    )
    tiered = st.builds(
        lambda timing: make_pricing(RECURRING, make_price(0, tiers=TIERS), model=PricingModel.GRADUATED, timing=timing),
        timings,
    )
    percentages = st.builds(
        lambda timing: make_pricing(
            RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage="33.3", price_points=(), timing=timing
        ),
        timings,
    )
    return st.one_of(simple, simple, tiered, percentages)


days = st.sampled_from([0, 1, 3, 10, 40, 100])
treatments = st.sampled_from([PRORATE, PRORATE, NONE, None])
places, numbers = st.integers(0, 8), st.integers(0, 6)
intents = st.one_of(
    st.tuples(st.just("quantity"), places, treatments, numbers),
    st.tuples(st.just("pricing"), places, treatments, pricings()),
    st.tuples(st.just("end"), places, treatments, st.none()),
    st.tuples(st.just("added"), numbers, pricings(), st.sampled_from([None, *FirstPart])),
    st.tuples(st.just("line"), places, treatments, days),
    st.tuples(st.just("order"), places, treatments, days),
)
steps = st.tuples(
    st.sampled_from([0, 0, 1, 2, 9, 14, 31]), st.integers(0, 2), st.lists(intents, min_size=1, max_size=3)
)


def asked(order: Order, today: date, told: tuple[str, int, Any, Any]) -> Asked:
    kind, place, treatment, what = told
    components = [each.id for _, each in order.attributes()]
    of, line = components[-1 - place % len(components)], order.lines[place % len(order.lines)].id
    match kind:
        case "quantity":
            return quantity(what, of=of, treatment=treatment)
        case "pricing":
            return UpdatePricing(attribute_id=of, pricing=what, treatment=treatment)
        case "end":
            return end(of=of, treatment=treatment)
        case "added":
            return added(make_attribute(treatment, quantity=place), first_part=what)
        case "line":
            return UpdateLineTerm(line_id=line, new_end=midnight(today + what * DAY), treatment=treatment)
        case _:
            return UpdateOrderTerm(new_end=midnight(today + what * DAY), treatment=treatment)


@settings(law, max_examples=120)
@given(
    st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    st.sampled_from([None, 1, 15, 31]),
    st.lists(st.tuples(pricings(), numbers), min_size=1, max_size=3),
    st.lists(steps, min_size=1, max_size=6),
)
def test_what_is_shown_is_what_the_invoices_differ_by(
    start: date,
    anchor: int | None,
    sold: list[tuple[Pricing, int]],
    told: list[Any],
) -> None:
    """Of the days before the next period of anything begins; a run may be late, but not on a day on which one does."""
    components = [make_attribute(each, id=f"ola_{at}", quantity=number) for at, (each, number) in enumerate(sold)]
    shop = Shop()
    shop.sell(make_order(*components, start=start, billing_anchor=anchor, auto_post_invoices=True), on=midnight(start))
    today = start
    for wait, late, wanted in told:
        today += wait * DAY
        shop.bill_until(today - late * DAY if not due_on(order_of(shop), today) else today)
        before, without = order_of(shop), copy.deepcopy(shop)
        try:
            done = amend(shop, today, *[asked(before, today, each) for each in wanted])
        except BillingError:
            continue
        last = last_day_of_the_periods(today, before, order_of(shop))
        billed = copy.deepcopy(shop)
        difference = Counter(charged(billed, last))
        difference.subtract(charged(without, last))
        for effect in done.plan.money_effects:
            if effect.due_on <= last:
                sign = -1 if effect.kind is MoneyEffectKind.CREDIT else 1
                difference[effect.due_on] -= sign * effect.amount_minor
        assert not any(difference.values()), (done.plan.money_effects, difference)
    assert found(shop) == []


def charged(shop: Shop, through: date) -> Counter[date]:
    """What is charged in all, by the day of the invoice."""
    shop.bill_until(through)
    total: Counter[date] = Counter()
    for invoice in shop.register.of(ORG):
        total[invoice.issue_date] += sum(line.amount_minor for line in invoice.lines)
    return total


def last_day_of_the_periods(today: date, *orders: Order) -> date:
    """The last before another period of anything begins."""
    begin: list[date] = []
    for order in orders:
        for place in order.attributes():
            calendar = order.calendar(*place)
            period = calendar.period_of(today)
            begin += [period.end] if period is not None else [calendar.start] if calendar.start > today else []
    return min(begin, default=today + 2 * DAY) - DAY
