"""A first part that is free, or charged as a whole one, ends with its period: what follows costs what it is sold at."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import UpdatePricing
from functions.billing.models.order import FirstPart
from functions.billing.models.pricing import BillingFrequency, Pricing
from tests.billing.amending.selling import NONE, PRORATE, added, amend, amounts, fee, latest, running
from tests.builders import ADVANCE, ARREARS
from tests.fakes.audit import found
from tests.fakes.shop import Shop

JANUARY, MID_MARCH, APRIL = date(2025, 1, 1), date(2025, 3, 15), date(2025, 4, 1)
DAY = timedelta(days=1)


def with_more(first_part: FirstPart, **fields: Any) -> Shop:
    """10.00 a month since January, and 31.00 a month that came on 15 March."""
    shop = running(fee(10_00), start=JANUARY)
    shop.bill_until(MID_MARCH)
    amend(shop, MID_MARCH, added(fee(31_00, **fields), first_part=first_part))
    return shop


def priced(shop: Shop, pricing: Pricing, **fields: Any) -> UpdatePricing:
    return UpdatePricing(attribute_id=latest(shop).id, pricing=pricing, **fields)


@pytest.mark.parametrize(
    ("frequency", "days", "full_days"),
    [
        (BillingFrequency.ANNUAL, 275, 365),
        (BillingFrequency.SEMI_ANNUALLY, 91, 181),
        (BillingFrequency.MONTHLY, 1, 1),
    ],
)
@pytest.mark.parametrize("first_part", [FirstPart.NONE, FirstPart.FULL])
def test_what_follows_a_first_part_is_charged_from_its_first_day(
    first_part: FirstPart, frequency: BillingFrequency, days: int, full_days: int
) -> None:
    """1,200.00 from April on, which is the second quarter of the order's year."""
    shop = with_more(first_part)
    shop.bill_until(MID_MARCH + DAY)
    amend(shop, MID_MARCH + DAY, priced(shop, fee(1200_00, frequency=frequency).pricing, treatment=NONE))

    assert amounts(shop, APRIL) == [10_00, (2 * 1200_00 * days + full_days) // (2 * full_days)]
    assert found(shop) == []


@pytest.mark.parametrize("day", [MID_MARCH, MID_MARCH + DAY])
def test_so_it_is_charged_in_arrears(day: date) -> None:
    """31.00 for all of March, and when the year ends 275/365 of 1,200.00."""
    shop = with_more(FirstPart.FULL, timing=ARREARS)
    year = fee(1200_00, frequency=BillingFrequency.ANNUAL, timing=ARREARS).pricing
    amend(shop, day, priced(shop, year, treatment=NONE))

    assert amounts(shop, APRIL) == [10_00, 31_00]
    assert amounts(shop, date(2026, 1, 1)) == [10_00, 904_11]


@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
def test_a_free_part_is_not_made_longer_on_the_day_on_which_it_begins(timing: Any) -> None:
    shop = with_more(FirstPart.NONE, timing=timing)
    year = fee(1200_00, frequency=BillingFrequency.ANNUAL, timing=timing).pricing

    with pytest.raises(InvalidInput, match="the days until 2025-04-01 are free, and those of another frequency"):
        amend(shop, MID_MARCH, priced(shop, year, treatment=PRORATE))


def test_a_free_part_stays_free_to_its_end_whatever_changes_within_it() -> None:
    """Nothing until April; then 62.00 a month."""
    shop = with_more(FirstPart.NONE)
    for day in (MID_MARCH + DAY, MID_MARCH + 2 * DAY):
        amend(shop, day, priced(shop, fee(62_00).pricing, treatment=PRORATE))
        shop.bill_until(day)

    assert amounts(shop, date(2025, 3, 31)) == []
    assert amounts(shop, APRIL) == [10_00, 62_00]
