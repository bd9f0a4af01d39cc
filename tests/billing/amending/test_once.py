"""What is charged once is amended until it is charged, as if it never had been, and is charged once all the same."""

from datetime import date, timedelta

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import Asked, Treatment, UpdatePricing
from functions.billing.models.pricing import BillingTiming, CreditBenefit, Pricing
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
from tests.builders import ADVANCE, ARREARS, ONE_TIME, make_attribute, make_order, make_price, make_pricing
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MARCH, MID_MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1), date(2025, 5, 1)
DAY = timedelta(days=1)
TREATMENTS = [None, NONE, PRORATE]


def once(timing: BillingTiming = ADVANCE, **fields: object) -> Pricing:
    return make_pricing(ONE_TIME, make_price(500_00), timing=timing, **fields)


def billed(shop: Shop, through: date) -> int:
    shop.bill_until(through)
    return sum(line.amount_minor for invoice in shop.register.of(ORG) for line in invoice.lines)


def changes(of: str, treatment: Treatment | None) -> list[tuple[Asked, int]]:
    """Each with what the fee of 500.00 costs then."""
    return [
        (quantity(3, of=of, treatment=treatment), 1500_00),
        (UpdatePricing(attribute_id=of, unit_price_minor=400_00, treatment=treatment), 400_00),
        (end(of=of, treatment=treatment), 0),
    ]


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("change", range(3), ids=["quantity", "price", "end"])
@pytest.mark.parametrize("on", [MID_MARCH, MID_MARCH + DAY])
def test_what_is_added_and_charged_once_costs_what_it_is_sold_at_when_it_is_charged(
    on: date, change: int, treatment: Treatment | None
) -> None:
    """Added on the 15th it falls to the run of the 16th; 10.00 a month beside it."""
    shop = running(fee(10_00), start=MARCH)
    shop.bill_until(MID_MARCH)
    amend(shop, MID_MARCH, added(make_attribute(once())))
    intent, price = changes(latest(shop).id, treatment)[change]
    amend(shop, on, intent)

    assert amounts(shop, MID_MARCH + DAY) == ([price] if price else [])
    assert billed(shop, MAY) == 3 * 10_00 + price
    assert found(shop) == []


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("change", range(3), ids=["quantity", "price", "end"])
@pytest.mark.parametrize("on", [MARCH, MID_MARCH, date(2025, 3, 31)])
def test_so_it_does_in_arrears(on: date, change: int, treatment: Treatment | None) -> None:
    """Due at the end of March; 1.00 a month beside it."""
    sold = make_attribute(once(ARREARS), id="ola_once")
    shop = running(sold, fee(1_00), start=MARCH)
    intent, price = changes("ola_once", treatment)[change]
    done = amend(shop, on, intent)

    differences = [effect.amount_minor for effect in done.plan.money_effects if effect.due_on == APRIL]
    assert differences == [abs(price - 500_00)]
    assert amounts(shop, APRIL) == [price, 1_00] if price else [1_00]
    assert billed(shop, MAY) == 3 * 1_00 + price
    assert found(shop) == []


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_what_an_order_that_has_not_begun_charges_once_is_charged_on_its_first_day(treatment: Treatment | None) -> None:
    shop = Shop()
    shop.sell(make_order(make_attribute(once()), start=APRIL, auto_post_invoices=True), on=midnight(MARCH))
    amend(shop, MID_MARCH, quantity(3, of=latest(shop).id, treatment=treatment))

    assert amounts(shop, APRIL) == [1500_00]
    assert billed(shop, date(2025, 7, 1)) == 1500_00


def test_what_was_to_be_charged_in_arrears_is_charged_in_advance_by_the_next_run() -> None:
    shop = running(make_attribute(once(ARREARS), id="ola_once"), start=MARCH)
    amend(shop, MID_MARCH, UpdatePricing(attribute_id="ola_once", pricing=once()))

    assert amounts(shop, MID_MARCH) == [500_00]
    assert billed(shop, MAY) == 500_00
    assert found(shop) == []


@pytest.mark.parametrize(("on", "is_taken"), [(MID_MARCH, True), (MID_MARCH + DAY, False)])
def test_a_fee_whose_credits_came_before_today_stays(on: date, *, is_taken: bool) -> None:
    """Credits that end on a day serve none of its signals; those of days before were served."""
    shop = running(fee(10_00), start=MARCH)
    shop.bill_until(MID_MARCH)
    benefit = CreditBenefit(currency_id="ccy", amount_micro=100_000_000)
    amend(shop, MID_MARCH, added(make_attribute(once(benefits=(benefit,)))))
    before = order_of(shop)

    if is_taken:
        amend(shop, on, end(of=latest(shop).id))
    else:
        with pytest.raises(InvalidInput, match="its credits came on 2025-03-15, and may be taken"):
            amend(shop, on, end(of=latest(shop).id))

    assert (order_of(shop) == before) is not is_taken
