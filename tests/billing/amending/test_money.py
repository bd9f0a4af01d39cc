"""What changes cost: the cases of the field, played through amendments to their invoices."""

from datetime import date, timedelta

import pytest

from functions.billing.models.amendment import Treatment, UpdateOrderTerm, UpdatePricing
from functions.billing.models.order import FirstPart, OrderLineAttribute
from functions.billing.models.pricing import BillingFrequency, PricingModel
from functions.billing.periods import midnight
from tests.billing.amending.selling import (
    FEE_ID,
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
    send,
)
from tests.billing.cases import case
from tests.builders import ARREARS, ONE_TIME, RECURRING, USAGE, make_attribute, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import Shop

MARCH, MID_MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1), date(2025, 5, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after", "start", "day", "credit", "charge"),
    [
        # 249.95 x 27/31, 599.95 x 27/31
        case("REP-01", fee(249_95), fee(599_95), date(2012, 5, 1), date(2012, 5, 5), -217_70, 522_54),
        # 10 x 30/31, 20 x 30/31
        case("PRO-09", fee(10_00), fee(20_00), date(2025, 1, 1), date(2025, 1, 2), -9_68, 19_35),
        # 10 x 17/31, 20 x 17/31
        case("PRO-21", fee(10_00), fee(20_00), MARCH, MID_MARCH, -5_48, 10_97),
        # 5 x 10 x 17/31, 10 x 10 x 17/31
        case("SEAT-01", fee(10_00, 5), fee(10_00, 10), MARCH, MID_MARCH, -27_42, 54_84),
        # 90 x 17/31, 10 x 17/31: an invoice of -43.87
        case("PRO-25", fee(90_00), fee(10_00), MARCH, MID_MARCH, -49_35, 5_48),
        # 2399.95 x 355/365 of a year, 249.95 x 21/31 of a month
        case(
            "REP-03",
            fee(2399_95, frequency=BillingFrequency.ANNUAL),
            fee(249_95),
            date(2012, 5, 1),
            date(2012, 5, 11),
            -2334_20,
            169_32,
        ),
    ],
)
def test_the_rest_of_a_period_is_given_back_at_the_old_price_and_charged_at_the_new(
    before: OrderLineAttribute,
    after: OrderLineAttribute,
    start: date,
    day: date,
    credit: int,
    charge: int,
) -> None:
    shop = running(before, start=start)

    done = amend(
        shop,
        day,
        UpdatePricing(attribute_id=FEE_ID, pricing=after.pricing, quantity=after.quantity, treatment=PRORATE),
    )

    assert [effect.amount_minor for effect in done.plan.money_effects] == [-credit, charge]
    assert amounts(shop, day) == [credit, charge]
    assert found(shop) == []


def test_a_change_back_on_the_same_day_nets_to_zero_whether_the_first_was_billed_or_not() -> None:
    """REP-03: -2334.20 and +169.32, and then -169.32 and +2334.20, on the next day's invoice."""
    year, month = fee(2399_95, frequency=BillingFrequency.ANNUAL), fee(249_95)
    start, day = date(2012, 5, 1), date(2012, 5, 11)
    billed, unbilled = running(year, start=start), running(year, start=start)
    for shop in (billed, unbilled):
        amend(shop, day, UpdatePricing(attribute_id=FEE_ID, pricing=month.pricing, treatment=PRORATE))
    assert amounts(billed, day) == [-2334_20, 169_32]

    for shop in (billed, unbilled):
        amend(shop, day, UpdatePricing(attribute_id=latest(shop).id, pricing=year.pricing, treatment=PRORATE))

    assert amounts(billed, day + DAY) == [-169_32, 2334_20]
    assert amounts(unbilled, day) == [-2334_20, 2334_20]
    for shop in (billed, unbilled):
        shop.bill_until(date(2013, 5, 1))
        assert shop.totals()[date(2013, 5, 1)] == 2399_95
        assert found(shop) == []


def test_three_prices_within_one_paid_month() -> None:
    """REP-05: 599.95, from the 7th 9.95, from the 8th 29.95: each by its days of 31."""
    shop = running(fee(599_95), start=date(2012, 5, 1))

    amend(shop, date(2012, 5, 7), UpdatePricing(attribute_id=FEE_ID, unit_price_minor=9_95, treatment=PRORATE))
    assert amounts(shop, date(2012, 5, 7)) == [-483_83, 8_02]

    amend(
        shop, date(2012, 5, 8), UpdatePricing(attribute_id=latest(shop).id, unit_price_minor=29_95, treatment=PRORATE)
    )
    assert amounts(shop, date(2012, 5, 8)) == [-7_70, 23_19]
    assert amounts(shop, date(2012, 6, 1)) == [29_95]
    assert found(shop) == []


@pytest.mark.parametrize(
    ("name", "day", "what", "billed_on", "amount"),
    [
        case("PRO-23 added", "added", MID_MARCH, fee(25_00), MID_MARCH + DAY, 13_71),  # 25 x 17/31
        case("PRO-23 removed", "removed", MID_MARCH, fee(40_00), MID_MARCH, -21_94),  # 40 x 17/31
    ],
)
def test_what_comes_or_goes_within_a_month_is_charged_or_given_back_by_its_days(
    name: str, day: date, what: OrderLineAttribute, billed_on: date, amount: int
) -> None:
    shop = running(fee(10_00) if name == "added" else what, start=MARCH)

    amend(shop, day, added(what) if name == "added" else end())

    assert amounts(shop, billed_on) == [amount]
    assert found(shop) == []


def test_what_ends_and_begins_again_in_one_period_costs_the_days_between_less() -> None:
    """REP-07: 29.95 for 27 April to 27 May; ended on 3 May -23.96, begun on 17 May +9.98."""
    shop = running(fee(29_95), start=date(2019, 4, 27))
    amend(shop, date(2019, 5, 3), end())
    assert amounts(shop, date(2019, 5, 3)) == [-23_96]

    amend(shop, date(2019, 5, 17), added(fee(29_95)))

    assert amounts(shop, date(2019, 5, 18)) == [9_98]
    assert amounts(shop, date(2019, 5, 27)) == [29_95]
    assert found(shop) == []


def test_a_one_time_component_is_charged_in_full_and_usage_not_at_all_yet() -> None:
    """PRO-27: 2 x 500.00, on the run after the amendment."""
    setup = make_attribute(make_pricing(ONE_TIME, make_price(500_00)), quantity=2)
    emails = make_attribute(make_pricing(USAGE, make_price(10)))
    shop = running(fee(10_00), start=MARCH)

    amend(shop, MID_MARCH, added(setup), added(emails))

    assert amounts(shop, MID_MARCH) == []
    assert amounts(shop, MID_MARCH + DAY) == [1000_00]
    assert amounts(shop, APRIL) == [10_00]
    assert found(shop) == []


def test_a_change_on_the_day_of_the_next_period_settles_nothing() -> None:
    """SEAT-03: 7 x 29.95 = 209.65, 10 x 29.95 = 299.50."""
    shop = running(fee(29_95, 7), start=MARCH)

    done = amend(shop, APRIL, quantity(10))

    assert done.plan.money_effects == ()
    assert amounts(shop, APRIL) == [299_50]
    assert shop.totals() == {MARCH: 209_65, APRIL: 299_50}
    assert found(shop) == []


def test_a_year_in_the_place_of_months_ends_with_the_year_of_the_order() -> None:
    """PRO-19: from 19 July; the change waits for 19 November, and 243 of 366 days are charged: 788.75."""
    shop = running(fee(129_00), start=date(2023, 7, 19))
    year = fee(1188_00, frequency=BillingFrequency.ANNUAL)
    shop.bill_until(date(2023, 10, 30))

    amend(shop, date(2023, 10, 30), UpdatePricing(attribute_id=FEE_ID, pricing=year.pricing, treatment=NONE))

    assert amounts(shop, date(2023, 11, 19)) == [788_75]
    assert amounts(shop, date(2024, 7, 19)) == [1188_00]
    assert found(shop) == []


def test_an_arrears_price_is_charged_by_its_days_on_both_sides_of_the_change() -> None:
    """14 of 31 days at 10.00 = 4.52 on the 16th, 17 of 31 at 20.00 = 10.97 at the month's end."""
    shop = running(fee(10_00, timing=ARREARS), start=MARCH)

    amend(shop, MID_MARCH, UpdatePricing(attribute_id=FEE_ID, unit_price_minor=20_00, treatment=PRORATE))

    assert amounts(shop, MID_MARCH) == []
    assert amounts(shop, MID_MARCH + DAY) == [4_52]
    assert amounts(shop, APRIL) == [10_97]
    assert found(shop) == []


def test_an_arrears_price_that_changes_with_its_next_period_charges_the_whole_of_this_one() -> None:
    shop = running(fee(10_00, timing=ARREARS), start=MARCH)

    amend(shop, MID_MARCH, UpdatePricing(attribute_id=FEE_ID, unit_price_minor=20_00, treatment=NONE))

    assert amounts(shop, APRIL) == [10_00]
    assert amounts(shop, MAY) == [20_00]
    assert found(shop) == []


@pytest.mark.parametrize(
    ("first_part", "stub"),
    [(FirstPart.NONE, []), (FirstPart.PRORATED, [16_45]), (FirstPart.FULL, [30_00])],  # 30 x 17/31
)
def test_the_first_part_of_what_is_added_costs_nothing_its_share_or_all(first_part: FirstPart, stub: list[int]) -> None:
    shop = running(fee(10_00), start=MARCH)

    amend(shop, MID_MARCH, added(fee(30_00), first_part=first_part))

    assert amounts(shop, MID_MARCH + DAY) == stub
    assert amounts(shop, APRIL) == [10_00, 30_00]
    assert found(shop) == []


def test_of_what_was_not_charged_nothing_is_given_back() -> None:
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, added(fee(30_00), first_part=FirstPart.NONE))
    shop.bill_until(MID_MARCH + DAY)

    amend(shop, date(2025, 3, 20), end(of=latest(shop).id))

    assert amounts(shop, date(2025, 3, 20)) == []
    assert amounts(shop, APRIL) == [10_00]
    assert found(shop) == []


@pytest.mark.parametrize("treatment", ["signalsFromAmendment", "allSignalsInPeriod"])
def test_usage_is_billed_at_the_price_of_its_day_or_all_at_the_new(treatment: str) -> None:
    """3 signals before the 15th and 2 from then on, at 0.10 and at 0.50."""
    emails = make_attribute(make_pricing(USAGE, make_price(10)))
    shop = running(emails, start=MARCH)
    send(shop, date(2025, 3, 2), date(2025, 3, 9), date(2025, 3, 14), MID_MARCH)

    amend(shop, MID_MARCH, UpdatePricing(attribute_id=emails.id, unit_price_minor=50, treatment=treatment))
    send(shop, date(2025, 3, 31))

    if treatment == "signalsFromAmendment":
        assert amounts(shop, MID_MARCH) == []
        assert amounts(shop, MID_MARCH + DAY) == [3 * 10]
        assert amounts(shop, APRIL) == [2 * 50]
    else:
        assert amounts(shop, MID_MARCH) == []
        assert amounts(shop, APRIL) == [5 * 50]
    assert found(shop) == []


def test_usage_that_is_late_for_an_ended_price_is_billed_at_it_later() -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10)))
    shop = running(emails, fee(1_00), start=MARCH)
    send(shop, date(2025, 3, 2))
    shop.bill_until(MID_MARCH)
    amend(shop, MID_MARCH, UpdatePricing(attribute_id=emails.id, unit_price_minor=50))
    shop.bill_until(MID_MARCH + DAY)

    send(shop, date(2025, 3, 3), date(2025, 3, 16))

    lines = [line for invoice in shop.bill_until(APRIL) for line in invoice.lines]
    assert sorted((line.amount_minor, line.is_late) for line in lines) == [(10, True), (50, False), (1_00, False)]
    assert found(shop) == []


def test_the_trailing_usage_of_a_day_that_is_billed_goes_on_the_next() -> None:
    """Once, and not as late usage besides."""
    emails = make_attribute(make_pricing(USAGE, make_price(10)))
    daily = fee(1_00)
    shop = running(emails, daily, start=MARCH)
    amend(shop, MID_MARCH, quantity(2))
    shop.bill_until(MID_MARCH)
    send(shop, date(2025, 3, 2))

    amend(shop, MID_MARCH, UpdatePricing(attribute_id=emails.id, unit_price_minor=50))

    assert amounts(shop, MID_MARCH + DAY) == [10]
    assert found(shop) == []


def test_an_order_that_ends_earlier_gives_back_the_days_that_were_charged() -> None:
    """Charged for a year, ended after 73 of 365 days: 292/365 of 1200.00 = 960.00."""
    shop = running(fee(1200_00, frequency=BillingFrequency.ANNUAL), start=date(2025, 1, 1))

    move_end(shop, date(2025, 2, 1), date(2025, 3, 15), PRORATE)

    assert amounts(shop, date(2025, 2, 1)) == [-960_00]
    assert found(shop) == []


def test_an_order_that_ends_earlier_without_treatment_gives_nothing_back() -> None:
    shop = running(fee(100_00), start=MARCH)

    move_end(shop, MID_MARCH, date(2025, 3, 20), NONE)

    assert [invoice.total_minor for invoice in shop.bill_until(MAY)] == []
    assert shop.totals() == {MARCH: 100_00}
    assert found(shop) == []


def test_an_order_that_ends_later_charges_the_days_that_were_cut_off() -> None:
    """Until 20 April 19 of 30 days were charged, 63.33; then 11 of 30, 36.67, and May."""
    shop = running(fee(100_00), start=MARCH, end=date(2025, 4, 20))
    assert amounts(shop, APRIL) == [63_33]

    move_end(shop, date(2025, 4, 10), date(2025, 6, 1), None)

    assert amounts(shop, date(2025, 4, 20)) == [36_67]
    assert amounts(shop, MAY) == [100_00]
    assert shop.bill_until(date(2025, 7, 1)) == []
    assert found(shop) == []


def test_an_end_that_comes_and_goes_costs_nothing() -> None:
    """17 of 31 days of 100.00 back, 54.84, and charged again from the day on which they would have ended."""
    shop = running(fee(100_00), start=MARCH)
    move_end(shop, date(2025, 3, 10), MID_MARCH, PRORATE)
    assert amounts(shop, date(2025, 3, 10)) == [-54_84]

    move_end(shop, date(2025, 3, 11), date(2026, 3, 1), None)

    assert amounts(shop, MID_MARCH) == [54_84]
    assert amounts(shop, APRIL) == [100_00]
    assert found(shop) == []


def move_end(shop: Shop, today: date, new_end: date, treatment: Treatment | None) -> None:
    amend(shop, today, UpdateOrderTerm(new_end=midnight(new_end), treatment=treatment))


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
def test_a_fee_that_comes_to_be_charged_in_advance_on_a_billed_day_is_charged_on_the_next(treatment: Treatment) -> None:
    """April begins, and March's 10.00 in arrears are billed: April's 20.00 fall to the 2nd, and May's to the 1st."""
    shop = running(fee(10_00, timing=ARREARS), start=MARCH)
    shop.bill_until(APRIL)

    amend(shop, APRIL, UpdatePricing(attribute_id=FEE_ID, pricing=fee(20_00).pricing, treatment=treatment))

    assert [amounts(shop, day) for day in (APRIL, APRIL + DAY, MAY)] == [[10_00], [20_00], [20_00]]
    assert found(shop) == []


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
def test_a_year_in_arrears_can_come_to_be_charged_in_advance_on_its_first_day(treatment: Treatment) -> None:
    annual = BillingFrequency.ANNUAL
    first = fee(1_00).model_copy(update={"id": "ola_first"})
    shop = running(first, fee(1200_00, frequency=annual, timing=ARREARS), start=MARCH)

    pricing = fee(1200_00, frequency=annual).pricing
    amend(shop, MARCH, UpdatePricing(attribute_id=FEE_ID, pricing=pricing, treatment=treatment))

    assert [amounts(shop, day) for day in (MARCH, MARCH + DAY)] == [[1_00], [1200_00]]


def test_without_treatment_a_price_of_today_stays_until_the_next_period() -> None:
    """10.00 less 17/31 and 20.00 x 17/31, whether 30.00 was asked for on the same day or not; and then 30.00."""
    shop = running(fee(10_00), start=MARCH)
    amend(shop, MID_MARCH, UpdatePricing(attribute_id=FEE_ID, unit_price_minor=20_00, treatment=PRORATE))
    amend(shop, MID_MARCH, UpdatePricing(attribute_id=latest(shop).id, unit_price_minor=30_00, treatment=NONE))

    assert [amounts(shop, day) for day in (MID_MARCH, APRIL)] == [[-5_48, 10_97], [30_00]]


def test_of_what_an_amendment_settles_no_percentage_is_taken() -> None:
    """1200.00 a year and 10 % of it; a second for the rest of the year where a percentage is taken, and back."""
    percentage = make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage="10", price_points=())
    sold = [fee(1200_00, frequency=BillingFrequency.ANNUAL), make_attribute(percentage, id="ola_percent")]
    shop = running(*sold, start=date(2025, 1, 1))
    day = date(2025, 2, 1)
    shop.bill_until(day - DAY)

    amend(shop, day, quantity(2))
    changed = amounts(shop, day)
    (double,) = (each.id for _, each in order_of(shop).attributes() if each.quantity == 2)
    amend(shop, day, quantity(1, of=double))

    # 1200.00 and 2400.00 x 334/365, nothing of them
    assert changed == [-1098_08, 2196_16]
    assert sum(changed + amounts(shop, day + DAY)) == 0
    assert found(shop) == []
