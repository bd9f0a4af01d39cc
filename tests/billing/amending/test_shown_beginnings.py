"""What an amendment shows of periods that begin on its day, and of what was added and is not charged yet."""

from datetime import date, timedelta

import pytest

from functions.billing.models.amendment import Amendment, UpdatePricing
from functions.billing.models.order import OrderLineAttribute
from functions.billing.periods import midnight
from tests.billing.amending.selling import FEE_ID, NONE, added, amend, amounts, fee, latest, quantity, running
from tests.builders import ARREARS, ONE_TIME, make_attribute, make_order, make_price, make_pricing
from tests.fakes.shop import Shop

MARCH, MID_MARCH, APRIL, DAY = date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1), timedelta(days=1)


def shown(done: Amendment) -> list[tuple[str, int]]:
    return [(effect.kind, effect.amount_minor) for effect in done.plan.money_effects]


@pytest.mark.parametrize(
    "sold",
    [fee(31_00, timing=ARREARS), make_attribute(make_pricing(ONE_TIME, make_price(17_00)))],
    ids=["in arrears", "once"],
)
def test_what_was_added_and_is_changed_before_it_is_charged_is_shown_as_it_was_and_as_it_comes(
    sold: OrderLineAttribute,
) -> None:
    """17 of 31 days of 31.00 in arrears, or 17.00 once; then two of it."""
    shop = running(fee(10_00), start=MARCH)
    shop.bill_until(MID_MARCH)
    amend(shop, MID_MARCH, added(sold))

    done = amend(shop, MID_MARCH, quantity(2, of=latest(shop).id))

    assert sorted(shown(done)) == [("firstPeriodCharge", 34_00), ("prorationCredit", 17_00)]


@pytest.mark.parametrize(
    ("day", "frequency", "effects", "charged"),
    [
        # The order's first quarter from its first day on, in the place of a month.
        (MARCH, "quarterly", [("prorationCharge", 20_00)], 30_00),
        # Its 61 of 92 days from April on.
        (APRIL, "quarterly", [("prorationCharge", 9_89)], 19_89),
        # A month in the place of a month is settled nowhere.
        (APRIL, "monthly", [], 30_00),
    ],
)
def test_a_period_that_begins_today_and_becomes_longer_is_shown_less_what_it_was(
    day: date, frequency: str, effects: list[tuple[str, int]], charged: int
) -> None:
    """The run of the day has not come: it would have charged a month of 10.00."""
    shop = Shop()
    shop.sell(make_order(fee(10_00), start=MARCH, auto_post_invoices=True), on=midnight(MARCH))
    shop.bill_until(day - DAY)

    done = amend(shop, day, UpdatePricing(attribute_id=FEE_ID, pricing=fee(30_00, frequency=frequency).pricing))

    assert shown(done) == effects
    assert amounts(shop, day) == [charged]


@pytest.mark.parametrize(("frequency", "effects"), [("quarterly", [("prorationCharge", 9_89)]), ("monthly", [])])
def test_a_change_that_waits_shows_a_longer_period_less_the_month_that_was_to_come(
    frequency: str, effects: list[tuple[str, int]]
) -> None:
    """61 of 92 days of 30.00 are due in April, in the place of 10.00."""
    shop = running(fee(10_00), start=MARCH)
    pricing = fee(30_00, frequency=frequency).pricing

    done = amend(shop, MID_MARCH, UpdatePricing(attribute_id=FEE_ID, pricing=pricing, treatment=NONE))

    assert shown(done) == effects
