"""Days that were paid behind an end which came earlier for nothing are charged once, whatever the price is then."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.amendment import UpdateLineTerm, UpdateOrderTerm, UpdatePricing
from functions.billing.periods import midnight
from tests.billing.amending.selling import (
    FEE_ID,
    NONE,
    PRORATE,
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
from tests.builders import ADVANCE, ARREARS
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop

MARCH, APRIL = date(2025, 3, 1), date(2025, 4, 1)
DAY = timedelta(days=1)


def paid_behind_its_end(way: str) -> Shop:
    """31.00 are paid to the end of March, and nothing is given back when it ends on the 20th."""
    shop = running(fee(31_00), start=MARCH)
    if way == "amendment":
        move(shop, date(2025, 3, 10), date(2025, 3, 20), NONE)
    else:
        shop.update(ORG, "ord_1", {"end_date": midnight(date(2025, 3, 20))}, state=None, now=midnight(MARCH + DAY))
    return shop


def test_days_that_were_paid_at_another_price_are_not_charged_again_on_the_day_of_the_change() -> None:
    """Nothing of the change is charged yet; up to the end that was there everything may move."""
    shop = paid_behind_its_end("amendment")
    amend(shop, date(2025, 3, 12), quantity(2))

    with pytest.raises(InvalidInput, match=r"but .* is charged until 2025-04-01 in part: expected no later end of it"):
        move(shop, date(2025, 3, 12), date(2025, 3, 21))
    move(shop, date(2025, 3, 12), date(2025, 3, 19), NONE)
    move(shop, date(2025, 3, 12), date(2025, 3, 20))

    assert sum(map(sum, billed(shop, APRIL).values())) == 31_00 - 8_00 + 16_00
    assert found(shop) == []


@pytest.mark.parametrize("way", ["amendment", "update"])
@pytest.mark.parametrize("timing", [ADVANCE, ARREARS])
def test_nor_with_an_update_or_where_the_new_price_is_charged_in_arrears(way: str, timing: Any) -> None:
    """31.00 for March, less 8 of 31 days from the 12th on, and 8 of 31 days at 62.00: once charged, or not yet."""
    shop = paid_behind_its_end(way)
    pricing = fee(62_00, timing=timing).pricing
    amend(shop, date(2025, 3, 12), UpdatePricing(attribute_id=FEE_ID, pricing=pricing, treatment=PRORATE))

    for day in (date(2025, 3, 12), date(2025, 3, 13)):
        with pytest.raises(InvalidInput, match="is charged until 2025-04-01 in part; expected an amendment that ends"):
            shop.update(ORG, "ord_1", {"end_date": midnight(APRIL)}, state=None, now=midnight(day))
        with pytest.raises(InvalidInput, match="is charged until 2025-04-01 in part: expected no later end"):
            move(shop, day, APRIL)
        shop.bill_until(day)

    assert sum(map(sum, billed(shop, APRIL).values())) == 31_00 - 8_00 + 16_00
    assert found(shop) == []


def test_nor_where_one_request_changes_the_price_and_moves_the_end() -> None:
    shop = paid_behind_its_end("update")
    line_id = order_of(shop).lines[0].id

    for intent in (
        UpdateOrderTerm(new_end=midnight(APRIL)),
        UpdateOrderTerm(new_end=midnight(APRIL), extend_line_ids=(line_id,)),
    ):
        with pytest.raises(InvalidInput, match="in part: expected no later end") as refused:
            amend(shop, date(2025, 3, 12), quantity(2), intent)
        assert refused.value.more == {"intentIndex": 1}


def test_nor_where_the_end_is_that_of_a_line() -> None:
    shop = running(fee(31_00), start=MARCH)
    line_id = order_of(shop).lines[0].id
    sooner, later = (UpdateLineTerm(line_id=line_id, new_end=midnight(day)) for day in (date(2025, 3, 20), APRIL))
    amend(shop, date(2025, 3, 10), sooner)
    amend(shop, date(2025, 3, 12), quantity(2))

    with pytest.raises(InvalidInput, match="in part: expected no later end"):
        amend(shop, date(2025, 3, 14), later)


def test_an_order_moves_its_end_on_without_a_component_that_waspaid_behind_it() -> None:
    """The component at 62.00 ends on the 20th; beside it 1.00 a month goes on, of which March is paid."""
    shop = running(fee(31_00), fee(1_00).model_copy(update={"id": "ola_other"}), start=MARCH)
    move(shop, date(2025, 3, 10), date(2025, 3, 20), NONE)
    amend(shop, date(2025, 3, 12), quantity(2))
    two = next(each for _, each in order_of(shop).attributes() if each.quantity == 2)

    amend(shop, date(2025, 3, 13), end(of=two.id, treatment=NONE), UpdateOrderTerm(new_end=midnight(date(2025, 5, 1))))

    assert sum(map(sum, billed(shop, APRIL).values())) == 31_00 - 8_00 + 16_00 + 2 * 1_00
    assert found(shop) == []


@pytest.mark.parametrize("day", [date(2025, 3, 12), date(2025, 3, 19)])
def test_a_change_that_waits_for_the_end_of_what_is_paid_is_refused_where_the_component_ends_before(day: date) -> None:
    """It would never come; and where the end moves on, it would come within a period."""
    shop = running(fee(31_00), start=MARCH, end=date(2025, 3, 25))
    move(shop, date(2025, 3, 10), date(2025, 3, 20), NONE)

    with pytest.raises(InvalidInput, match=r"expected prorate, or a later end first: of .* it ends on 2025-03-20"):
        amend(shop, day, quantity(2, treatment=NONE))
    move(shop, day, date(2025, 5, 1))
    amend(shop, day, quantity(2, of=latest(shop).id, treatment=NONE))

    assert billed(shop, APRIL) == {MARCH: [24_00], date(2025, 3, 25): [7_00], APRIL: [62_00]}
    assert found(shop) == []


def test_what_is_to_end_before_it_begins_cannot_be_amended() -> None:
    """The second price would come in April; since then the order ends in March."""
    shop = running(fee(31_00), start=MARCH)
    amend(shop, date(2025, 3, 10), quantity(2, treatment=NONE))
    move(shop, date(2025, 3, 11), date(2025, 3, 20), NONE)

    with pytest.raises(InvalidInput, match="it ends on 2025-03-20, before it begins"):
        amend(shop, date(2025, 3, 12), quantity(3, of=latest(shop).id))


@pytest.mark.parametrize(("way", "march"), [("amendment", 31_00), ("update", 19_00)])
def test_what_falls_to_a_late_run_counts_as_charged_for_amendments_and_is_cut_off_by_updates(
    way: str, march: int
) -> None:
    """The run of 1 March comes after the end was set: all of 31.00, or 19 of 31 days."""
    shop = running(fee(31_00), start=date(2025, 2, 1))
    sooner = date(2025, 3, 20)
    if way == "amendment":
        move(shop, date(2025, 3, 10), sooner, NONE)
    else:
        shop.update(ORG, "ord_1", {"end_date": midnight(sooner)}, state=None, now=midnight(date(2025, 3, 10)))

    assert billed(shop, APRIL)[MARCH] == [march]
    assert found(shop) == []
