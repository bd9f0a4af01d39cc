from decimal import Decimal

import pytest

from functions.billing.money import round_to_minor
from functions.billing.rating.linear import billed_quantity, rate_per_unit
from tests.billing.cases import case
from tests.builders import make_price


@pytest.mark.parametrize(("quantity", "billed"), [(0, 0), (99, 0), (100, 0), (101, 1), (250, 150)])
def test_what_is_included_is_not_billed(quantity: int, billed: int) -> None:
    assert billed_quantity(make_price(included_quantity=100), quantity) == billed


@pytest.mark.parametrize(("quantity", "billed"), [(0, 10), (9, 10), (10, 10), (11, 11)])
def test_at_least_the_least_is_billed(quantity: int, billed: int) -> None:
    assert billed_quantity(make_price(min_quantity=10), quantity) == billed


@pytest.mark.parametrize(("quantity", "billed"), [(0, 0), (19, 19), (20, 20), (21, 20)])
def test_at_most_the_most_is_billed(quantity: int, billed: int) -> None:
    assert billed_quantity(make_price(max_quantity=20), quantity) == billed


@pytest.mark.parametrize(
    ("quantity", "billed"),
    [(0, 10), (109, 10), (110, 10), (111, 11), (119, 19), (120, 20), (121, 20)],
)
def test_least_and_most_bound_what_is_left_after_the_included(quantity: int, billed: int) -> None:
    price = make_price(included_quantity=100, min_quantity=10, max_quantity=20)

    assert billed_quantity(price, quantity) == billed


def test_least_and_most_may_be_the_same() -> None:
    price = make_price(min_quantity=10, max_quantity=10)

    assert [billed_quantity(price, quantity) for quantity in (0, 10, 1000)] == [10, 10, 10]


@pytest.mark.parametrize(
    ("unit_price_minor", "quantity", "amount_minor"),
    [
        case("SEAT-03", 29_95, 7, 209_65),
        case("SEAT-03", 29_95, 10, 299_50),
        case("GRAD-11", 10, 3, 30),
        case("RND-03", 10, 150, 15_00),
        case("free", 0, 1240, 0),
        case("largest", 10**12, 10**12, 10**24),
    ],
)
def test_every_billed_unit_costs_the_same(unit_price_minor: int, quantity: int, amount_minor: int) -> None:
    assert rate_per_unit(make_price(unit_price_minor), quantity).amount == amount_minor


def test_a_charge_says_what_was_counted_and_what_of_it_is_billed() -> None:
    charge = rate_per_unit(make_price(10, included_quantity=1000), 1240)

    assert (charge.quantity, charge.billed_quantity, charge.unit_price_minor) == (1240, 240, 10)
    assert charge.amount == Decimal(240 * 10)
    assert round_to_minor(charge.amount) == 24_00
