"""Credits of amended components: once in a period where as many come as before, and shown as they come."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.billing.models.amendment import Amendment, CreditEffectKind, Treatment, UpdatePricing
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    Cadence,
    CreditBenefit,
    GrantTiming,
    Recipient,
)
from functions.billing.rating.benefits import benefit_grants
from tests.billing.amending.selling import (
    FEE_ID,
    NONE,
    PRORATE,
    added,
    amend,
    end,
    fee,
    latest,
    quantity,
    running,
)
from tests.builders import ADVANCE, ARREARS, SEATS, make_attribute, make_price, make_pricing
from tests.fakes.shop import ORG, Shop

DAY = timedelta(days=1)
JANUARY, MARCH, MID_MARCH, APRIL = date(2025, 1, 1), date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1)
HUNDRED = CreditBenefit(currency_id="ccy_1", amount_micro=100_000_000)
MONTHLY = CreditBenefit(currency_id="ccy_1", amount_micro=1_200_000_000, cadence=Cadence.MONTHLY)
OF_SEATS = CreditBenefit(currency_id="ccy_1", amount_micro=100_000_000, recipient=Recipient.SEAT)
DEARER = UpdatePricing(attribute_id=FEE_ID, unit_price_minor=700_00, treatment=PRORATE)
TEAM = make_attribute(make_pricing(SEATS, make_price(10_00)), quantity=5)


def granted(shop: Shop, through: date) -> list[tuple[date, date, int]]:
    """The day on which each grant begins, that on which it is none any more, and whole credits."""
    grants = benefit_grants(shop.book.plan(ORG, "cus_1").value, through=through)
    return sorted(
        (each.starts_on, min(each.expires_on or date.max, each.stops_on or date.max), each.amount_micro // 10**6)
        for each in grants
    )


def at(minor: int, timing: BillingTiming = ADVANCE, **fields: Any) -> OrderLineAttribute:
    return fee(minor, timing=timing, benefits=(HUNDRED,), **fields)


@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
@pytest.mark.parametrize("billed", [False, True])
def test_changes_that_leave_the_credits_as_they_are_bring_none(timing: BillingTiming, *, billed: bool) -> None:
    """As many of them as there are: another price, the same again, and none of it fills anything up."""
    shop = running(at(31_00, timing), start=MARCH)

    for number, price in enumerate((31_00, 62_00, 62_00, 31_00)):
        day = MID_MARCH + number // 2 * DAY
        amend(shop, day, UpdatePricing(attribute_id=latest(shop).id, unit_price_minor=price, treatment=PRORATE))
        if billed:
            shop.bill_until(day)

    assert granted(shop, date(2025, 3, 31)) == [(MARCH, APRIL, 100)]
    assert granted(shop, APRIL) == [(MARCH, APRIL, 100), (APRIL, date(2025, 5, 1), 100)]


@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
def test_credits_that_went_on_end_with_what_they_went_on_with(timing: BillingTiming) -> None:
    shop = running(at(31_00, timing), start=MARCH)
    amend(shop, MID_MARCH, DEARER)

    done = amend(shop, MID_MARCH + DAY, end(of=latest(shop).id))

    assert granted(shop, APRIL) == [(MARCH, MID_MARCH + DAY, 100)]
    assert shown(done) == [(END, 100)]


@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
def test_another_number_of_credits_comes_in_full_and_ends_those_that_were(timing: BillingTiming) -> None:
    shop = running(at(31_00, timing), start=MARCH)
    amend(shop, MID_MARCH, DEARER)
    shop.bill_until(MID_MARCH)

    amend(shop, MID_MARCH + DAY, quantity(2, of=latest(shop).id))

    assert granted(shop, date(2025, 3, 31)) == [(MARCH, MID_MARCH + DAY, 100), (MID_MARCH + DAY, APRIL, 200)]


def test_credits_of_periods_of_another_length_come_anew() -> None:
    shop = running(at(31_00), start=MARCH)
    year = at(365_00, frequency=BillingFrequency.ANNUAL)

    amend(shop, MID_MARCH, UpdatePricing(attribute_id=FEE_ID, pricing=year.pricing, treatment=PRORATE))

    assert granted(shop, date(2025, 12, 31)) == [(MARCH, MID_MARCH, 100), (MID_MARCH, date(2026, 3, 1), 100)]


@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
def test_credits_by_the_month_go_on_month_by_month(timing: BillingTiming) -> None:
    pricing = fee(365_00, timing=timing, frequency=BillingFrequency.ANNUAL, benefits=(MONTHLY,))
    shop = running(pricing, start=JANUARY)

    amend(shop, MID_MARCH, DEARER)

    months = [date(2025, month, 1) for month in range(1, 7)]
    expected = [(start, after, 100) for start, after in pairwise(months)]
    assert granted(shop, date(2025, 5, 31)) == expected


def test_credits_that_wait_for_a_payment_wait_for_the_invoice_of_what_goes_on() -> None:
    """In arrears: the charge until the 15th falls to the 16th, that of the rest to April, with which they come."""
    waiting = HUNDRED.model_copy(update={"timing": GrantTiming.ON_PAYMENT})
    shop = running(fee(31_00, timing=ARREARS, benefits=(waiting,)), start=MARCH)

    amend(shop, MID_MARCH, DEARER)

    ((_, benefit), *_) = shop.book.plan(ORG, "cus_1").value.benefits
    (period,) = benefit.calendar.periods()
    assert (period.start, benefit.charged_on(period)) == (MARCH, APRIL)


def shown(done: Amendment) -> list[tuple[str, int | None]]:
    return [
        (each.kind, None if each.amount_micro is None else each.amount_micro // 10**6)
        for each in done.plan.credit_effects
    ]


GRANT, END = CreditEffectKind.GRANT, CreditEffectKind.END


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
def test_of_seats_all_that_they_get_is_shown(treatment: Treatment) -> None:
    """Five seats, and 100 for each unit of the fee: 500 at once, and 1,000 for two units."""
    shop = running(TEAM, fee(31_00, benefits=(OF_SEATS,)), start=MARCH)

    done = amend(shop, MID_MARCH, quantity(2, treatment=treatment))

    assert shown(done) == [(END, 500), (GRANT, 1_000)]
    came = [amount for start, _, amount in granted(shop, APRIL) if start == done.plan.credit_effects[-1].on]
    assert came == [200] * 5


def test_of_a_year_whose_credits_come_by_the_month_what_is_left_is_shown() -> None:
    """1,200 in January to December: July to December are 600, and as many come at two units, twice."""
    pricing = fee(1200_00, frequency=BillingFrequency.ANNUAL, benefits=(MONTHLY,))
    shop = running(pricing, start=JANUARY)
    july = date(2025, 7, 1)

    done = amend(shop, july, quantity(2))

    assert shown(done) == [(END, 600), (GRANT, 1_200)]
    assert sum(amount for start, _, amount in granted(shop, date(2025, 12, 31)) if start >= july) == 1_200


def test_what_goes_on_is_not_shown() -> None:
    shop = running(at(31_00), start=MARCH)

    done = amend(shop, MID_MARCH, UpdatePricing(attribute_id=FEE_ID, unit_price_minor=62_00, treatment=PRORATE))

    assert shown(done) == []


@pytest.mark.parametrize("billed", [False, True])
def test_after_a_change_back_what_was_shown_is_shown_the_other_way_round(*, billed: bool) -> None:
    shop = running(at(31_00), start=MARCH)
    there = amend(shop, MID_MARCH, quantity(2))
    if billed:
        shop.bill_until(MID_MARCH)

    back = amend(shop, MID_MARCH, quantity(1, of=latest(shop).id))

    assert shown(there) == [(END, 100), (GRANT, 200)]
    assert shown(back) == [(END, 200), (GRANT, 100)]


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
def test_what_more_seats_get_of_something_else_on_their_line_is_shown(treatment: Treatment) -> None:
    shop = running(TEAM, fee(31_00, benefits=(OF_SEATS,)), start=MARCH)

    done = amend(shop, MID_MARCH, quantity(7, of=TEAM.id, treatment=treatment))

    assert shown(done) == [(GRANT, 200)]
    assert done.plan.credit_effects[0].attribute_id == FEE_ID


def test_what_is_without_end_has_no_number() -> None:
    endless = CreditBenefit(currency_id="ccy_1", amount_micro=0, is_infinite=True)
    shop = running(fee(1_00), start=MARCH)

    assert shown(amend(shop, MID_MARCH, added(fee(31_00, benefits=(endless,))))) == [(GRANT, None)]
