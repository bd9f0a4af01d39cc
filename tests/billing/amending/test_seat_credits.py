"""Credits of seats are sold where there are seats, and no amendment leaves them without."""

from datetime import date

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import AddFromCatalog, Asked, Treatment, UpdatePricing
from functions.billing.models.order import Order
from functions.billing.models.pricing import CreditBenefit, Recipient
from tests.billing.amending.selling import (
    FEE_ID,
    NONE,
    PRORATE,
    added,
    amend,
    amounts,
    end,
    fee,
    order_of,
    quantity,
    running,
)
from tests.builders import ONE_TIME, SEATS, make_attribute, make_price, make_pricing, make_product_attribute
from tests.fakes.shop import ORG

MARCH, MID_MARCH, APRIL = date(2025, 3, 1), date(2025, 3, 15), date(2025, 4, 1)
OF_SEATS = CreditBenefit(currency_id="ccy_1", amount_micro=100_000_000, recipient=Recipient.SEAT)
BRINGING = fee(31_00, benefits=(OF_SEATS,))
TEAM = make_attribute(make_pricing(SEATS, make_price(10_00)), id="ola_seats", quantity=2)


@pytest.mark.parametrize(
    "intent",
    [added(BRINGING), UpdatePricing(attribute_id=FEE_ID, pricing=BRINGING.pricing)],
    ids=["added", "changed"],
)
def test_a_line_without_seats_gets_no_credits_for_seats(intent: Asked) -> None:
    shop = running(fee(10_00), start=MARCH)

    with pytest.raises(InvalidInput, match="brings credits to each seat") as refused:
        amend(shop, MID_MARCH, added(fee(1_00)), intent)

    assert refused.value.more == {"intentIndex": 1}
    assert order_of(shop).version == 2


@pytest.mark.parametrize("treatment", [NONE, PRORATE])
def test_seats_end_no_sooner_than_what_brings_them_credits(treatment: Treatment) -> None:
    shop = running(TEAM, BRINGING, start=MARCH)
    ends = end(of=TEAM.id, treatment=treatment)

    with pytest.raises(InvalidInput, match=r"\(ola_recurring\) brings credits to each seat") as refused:
        amend(shop, MID_MARCH, ends)
    assert refused.value.more == {"intentIndex": 0}

    amend(shop, MID_MARCH, ends, end(treatment=treatment))
    assert [each for _, each in order_of(shop).attributes() if each.term.ends_on is None] == []


def test_seats_may_become_more_or_fewer_and_others_stand_in_for_them() -> None:
    more = TEAM.model_copy(update={"id": "ola_more"})
    shop = running(TEAM, more, BRINGING, start=MARCH)

    amend(shop, MID_MARCH, quantity(1, of=TEAM.id))
    amend(shop, MID_MARCH, end(of=more.id))


def test_credits_and_seats_may_come_together() -> None:
    shop = running(fee(1_00).model_copy(update={"id": "ola_other"}), start=MARCH)
    sold = tuple(make_product_attribute(each.pricing, id=f"pa_1_{at}") for at, each in enumerate((BRINGING, TEAM)))
    shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"attributes": sold}))

    amend(shop, MID_MARCH, *[AddFromCatalog(product_attribute_id=each.id, quantity=1) for each in sold])

    assert sum(amounts(shop, date(2025, 3, 16))) == 17_00 + 5_48  # 31.00 and 10.00 x 17/31


def test_a_pack_of_credits_has_come_and_its_seats_may_end() -> None:
    pack = make_attribute(make_pricing(ONE_TIME, make_price(500_00), benefits=(OF_SEATS,)))
    shop = running(TEAM, pack, start=MARCH)

    amend(shop, MID_MARCH, end(of=TEAM.id))


def test_an_order_that_lacked_seats_before_is_amended_all_the_same() -> None:
    shop = running(fee(10_00), TEAM, BRINGING.model_copy(update={"id": "ola_without"}), start=MARCH)
    shop.orders.modify(ORG, "ord_1", without_team)

    amend(shop, MID_MARCH, quantity(2))


def without_team(order: Order) -> Order:
    """As if its seats had ended when nothing refused that."""
    (line,) = order.lines
    kept = tuple(each for each in line.attributes if each.id != TEAM.id)
    return order.model_copy(update={"lines": (line.model_copy(update={"attributes": kept}),)})
