"""Ends that move back and forth: no day is charged twice, given back twice, or forgotten."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import UpdateLineTerm, UpdatePricing
from functions.billing.models.order import FirstPart, Order
from functions.billing.models.pricing import BillingFrequency, CreditBenefit
from functions.billing.periods import midnight
from functions.billing.rating.benefits import benefit_grants
from tests.billing.amending.selling import (
    NONE,
    PRORATE,
    added,
    amend,
    billed,
    end,
    fee,
    latest,
    move,
    order_of,
    quantity,
    running,
)
from tests.builders import ARREARS, ONE_TIME, make_attribute, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import ORG

MARCH, MID_MARCH, APRIL = date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1)
DAY = timedelta(days=1)


def test_components_that_follow_one_from_two_days_have_two_ids() -> None:
    """7 for 5 from April on; March cut off and paid for again; and of 7 x 10.00 the last 15 of 30 days given back."""
    shop = running(fee(10_00, 5), start=MARCH)
    amend(shop, MID_MARCH, quantity(7, treatment=NONE))
    move(shop, MID_MARCH + DAY, date(2025, 3, 20), PRORATE)
    move(shop, MID_MARCH + 2 * DAY, date(2026, 3, 1))
    ids = [attribute.id for _, attribute in order_of(shop).attributes()]
    shop.bill_until(APRIL)
    move(shop, date(2025, 4, 10), date(2025, 4, 16), PRORATE)

    assert len(set(ids)) == 3
    assert billed(shop, date(2025, 4, 10))[date(2025, 4, 10)] == [-35_00]
    assert found(shop) == []


def test_a_period_that_was_given_back_in_part_is_not_taken_again_by_another_end_date() -> None:
    """1200.00 a year, and 320 of 365 days of it given back: 1052.05."""
    shop = running(fee(1200_00, frequency=BillingFrequency.ANNUAL), start=date(2025, 1, 1))
    move(shop, date(2025, 2, 1), date(2025, 2, 15), PRORATE)

    for later in (midnight(date(2025, 2, 16)), None):
        with pytest.raises(InvalidInput, match="is given back on 2025-02-01; expected an amendment"):
            shop.update(ORG, "ord_1", {"end_date": later}, state=None, now=midnight(date(2025, 2, 1)))

    assert billed(shop, date(2025, 2, 1))[date(2025, 2, 1)] == [-1052_05]


def test_a_charge_is_given_back_once_and_the_way_back_begins_where_it_was() -> None:
    """31.00 less 12/31, ended five days before that for nothing, and 12/31 again."""
    shop = running(fee(31_00), start=MARCH)
    move(shop, date(2025, 3, 10), date(2025, 3, 20), PRORATE)

    with pytest.raises(InvalidInput, match="what was charged from 2025-03-20 on is given back already"):
        move(shop, date(2025, 3, 11), date(2025, 3, 15), PRORATE)
    move(shop, date(2025, 3, 11), date(2025, 3, 15), NONE)
    move(shop, date(2025, 3, 12), date(2025, 3, 18))
    move(shop, date(2025, 3, 13), APRIL)

    assert billed(shop, APRIL) == {MARCH: [31_00], date(2025, 3, 10): [-12_00], date(2025, 3, 20): [12_00]}
    assert found(shop) == []


def test_days_behind_an_end_that_were_paid_are_not_charged_again() -> None:
    """Charged up to the 25th, 24/31; ended on the 20th for nothing; the way back costs the 7 days from the 25th on."""
    shop = running(fee(31_00), start=MARCH, end=date(2025, 3, 25))
    move(shop, date(2025, 3, 10), date(2025, 3, 20), NONE)
    move(shop, date(2025, 3, 11), APRIL)

    assert billed(shop, APRIL) == {MARCH: [24_00], date(2025, 3, 25): [7_00]}
    assert found(shop) == []


@pytest.mark.parametrize("way", ["amendment", "update"])
def test_behind_an_end_nothing_is_given_back_that_is_not_charged_anew(way: str) -> None:
    """Paid to the end of March, ended on the 20th for nothing; two days at another quantity and back: 2 of 31 days."""
    shop = running(fee(31_00), start=MARCH)
    if way == "amendment":
        move(shop, date(2025, 3, 10), date(2025, 3, 20), NONE)
    else:
        shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 3, 20))}, state=None, now=midnight(MARCH + DAY))
    amend(shop, date(2025, 3, 18), quantity(2))
    amend(shop, date(2025, 3, 18), quantity(1, of=latest(shop).id))

    assert sum(map(sum, billed(shop, date(2025, 3, 31)).values())) == 31_00
    with pytest.raises(InvalidInput, match="is charged until 2025-04-01 in part: expected no later end"):
        move(shop, date(2025, 3, 19), APRIL)


def test_an_end_that_moves_beyond_a_free_part_leaves_it_free() -> None:
    """March 10.00 up to the 25th and from there on: 24/31 and 7/31; what came on the 15th costs nothing until April."""
    shop = running(fee(10_00), start=MARCH, end=date(2025, 3, 25))
    amend(shop, MID_MARCH, added(fee(31_00), first_part=FirstPart.NONE))
    move(shop, date(2025, 3, 20), date(2025, 6, 1))

    assert billed(shop, date(2025, 3, 31)) == {MARCH: [7_74], date(2025, 3, 25): [2_26]}


def test_an_end_that_moves_beyond_a_part_that_was_charged_as_a_whole_one_charges_no_more_of_it() -> None:
    shop = running(fee(10_00), start=MARCH, end=date(2025, 3, 25))
    amend(shop, MID_MARCH, added(fee(31_00), first_part=FirstPart.FULL))
    shop.bill_until(MID_MARCH + DAY)
    move(shop, date(2025, 3, 20), date(2026, 3, 1))

    assert billed(shop, date(2025, 3, 31)) == {MARCH: [7_74], MID_MARCH + DAY: [31_00], date(2025, 3, 25): [2_26]}


@pytest.mark.parametrize("timing", ["advance", "arrears"])
def test_a_part_that_is_charged_as_a_whole_one_is_not_charged_by_days_besides(timing: Any) -> None:
    """What is added on the 15th is charged in full; changed with the next period it costs 31.00, and then 62.00."""
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, added(fee(31_00, timing=timing), first_part=FirstPart.FULL))

    for intent in (quantity(2, of=latest(shop).id), end(of=latest(shop).id)):
        with pytest.raises(InvalidInput, match="the days until 2025-04-01 are charged as a whole period"):
            amend(shop, MID_MARCH + DAY, intent)
    amend(shop, MID_MARCH + DAY, quantity(2, of=latest(shop).id, treatment=NONE))

    assert sum(map(sum, billed(shop, date(2025, 4, 30)).values())) == 20_00 + 31_00 + (
        62_00 if timing == "advance" else 0
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [(BillingFrequency.MONTHLY, BillingFrequency.ANNUAL), (BillingFrequency.ANNUAL, BillingFrequency.MONTHLY)],
)
def test_a_free_part_ends_when_it_was_to_end(before: BillingFrequency, after: BillingFrequency) -> None:
    shop = running(fee(10_00), start=date(2025, 1, 1))
    amend(shop, MID_MARCH, added(fee(31_00, frequency=before), first_part=FirstPart.NONE))
    pricing = fee(31_00, frequency=after).pricing

    with pytest.raises(InvalidInput, match="are free, and those of another frequency end on another day"):
        amend(shop, MID_MARCH + DAY, UpdatePricing(attribute_id=latest(shop).id, pricing=pricing, treatment=PRORATE))


def test_an_order_that_was_shortened_before_periods_said_how_far_they_are_charged_is_charged_once() -> None:
    """31.00 until the end of March, which the invoice says; the order says no more than that it ends on the 20th."""
    shop = running(fee(31_00), start=MARCH)
    shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 3, 20))}, state=None, now=midnight(MARCH + DAY))
    shop.orders.modify(ORG, "ord_1", _without_amended)

    move(shop, MID_MARCH, date(2026, 3, 1))

    assert billed(shop, APRIL) == {MARCH: [31_00], APRIL: [31_00]}
    assert found(shop) == []


def _without_amended(order: Order) -> Order:
    (line,) = order.lines
    bare = tuple(each.model_copy(update={"amended": None}) for each in line.attributes)
    return order.model_copy(update={"lines": (line.model_copy(update={"attributes": bare}),)})


@pytest.mark.parametrize("end_first", [None, date(2025, 3, 20)])
def test_an_end_that_moves_on_grants_the_credits_of_a_period_once(end_first: date | None) -> None:
    """100 for March, whether its end cuts the order off from the start or comes and goes; and 100 for April."""
    benefit = CreditBenefit(currency_id="ccy", amount_micro=100_000_000)
    shop = running(fee(30_00, benefits=(benefit,)), start=MARCH, end=end_first)
    if end_first is None:
        move(shop, MARCH + DAY, date(2025, 3, 20), PRORATE)
    move(shop, MID_MARCH, date(2025, 5, 1))

    plan = shop.book.plan(ORG, "cus_1").value
    grants = list(benefit_grants(plan, through=APRIL))

    assert [(each.starts_on, each.amount_micro) for each in grants] == [(MARCH, 100_000_000), (APRIL, 100_000_000)]
    assert [each.stops_on for each in grants] == [None, None]


def test_an_end_that_moves_on_charges_nothing_again_that_is_charged_once() -> None:
    setup = make_attribute(make_pricing(ONE_TIME, make_price(500_00)))
    shop = running(setup, start=MARCH, end=date(2025, 3, 20))
    move(shop, MID_MARCH, date(2025, 6, 1))

    assert billed(shop, date(2025, 6, 1)) == {MARCH: [500_00]}
    assert found(shop) == []


def test_the_end_of_a_line_moves_that_of_what_stands_on_it_and_of_nothing_that_ended() -> None:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, quantity(2))
    intent = UpdateLineTerm(line_id=order_of(shop).lines[0].id, new_end=midnight(date(2025, 6, 1)))

    done = amend(shop, MID_MARCH, intent)

    assert [each.attribute_id for each in done.plan.operations.replaces] == [latest(shop).id]


def test_what_falls_due_later_in_part_is_shown_with_its_day() -> None:
    """100.00 x 11/30 when the old end comes, on 20 April; and 30.00 x 17/31 in arrears when March ends."""
    shop = running(fee(100_00), start=MARCH, end=date(2025, 4, 20))
    shop.bill_until(APRIL)
    extended = move(shop, date(2025, 4, 10), date(2025, 6, 1)).plan.money_effects
    other = running(fee(10_00), start=MARCH)
    more = amend(other, MID_MARCH, added(fee(30_00, timing=ARREARS))).plan.money_effects

    assert [(each.amount_minor, each.due_on) for each in extended] == [(36_67, date(2025, 4, 20))]
    assert [(each.amount_minor, each.due_on) for each in more] == [(16_45, APRIL)]
    assert billed(shop, date(2025, 4, 20))[date(2025, 4, 20)] == [36_67]
    assert billed(other, APRIL)[APRIL] == [10_00, 16_45]
