from decimal import Decimal

import pytest

from functions.billing.models.cost import Cost
from functions.billing.models.pricing import PricingModel
from functions.billing.money import round_to_minor
from functions.billing.rating.linear import billed_quantity, rate_cost_plus, rate_per_unit, rate_percent_of_total
from functions.billing.rating.rate import rate
from tests.billing.cases import case
from tests.builders import RECURRING, USAGE, make_price, make_pricing

MAJOR = 10**12
"""Costs are counted in this part of a major unit."""


# ---- per unit


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


# ---- cost plus


@pytest.mark.parametrize(
    ("cost", "multiplier", "currency", "billed_minor"),
    [
        case("DYN-01", "10", "1.33333", "USD", 13_33),
        case("thirty-per-cent", "41.27", "1.3", "USD", 53_65),  # 53.651
        case("yen", "1000.5", "1.3", "JPY", 1301),  # 1300.65
        case("dinar", "10", "1.33335", "KWD", 13_334),  # 13.3335
        case("half-down", "0.0049999999", "1", "USD", 0),
        case("half", "0.005", "1", "USD", 1),
        case("half-even-would-be-2", "0.025", "1", "USD", 3),
        case("half-after-the-multiplication", "0.01", "1.5", "USD", 2),
        case("nothing-asked-for", "10", "0", "USD", 0),
        case("least", "0.000000000001", "1000", "USD", 0),
    ],
)
def test_costs_are_charged_times_the_multiplier_and_rounded_once(
    cost: str, multiplier: str, currency: str, billed_minor: int
) -> None:
    costs = Cost(Decimal(cost), currency).quantity

    charge = rate_cost_plus(Decimal(multiplier), costs, currency=currency)

    assert round_to_minor(charge.amount) == billed_minor


def test_costs_are_summed_before_they_are_rounded() -> None:
    """A thousand calls at 0.0049 cost 4.90; each alone would round to nothing."""
    costs = 1000 * Cost(Decimal("0.0049"), "USD").quantity

    assert rate_cost_plus(Decimal(1), costs, currency="USD").amount == 490


def test_a_cost_plus_charge_is_exact_to_the_last_digit() -> None:
    charge = rate_cost_plus(Decimal("1.000000000001"), 10**24 + 1, currency="USD")

    assert charge.amount == Decimal("100000000000100.0000000001000000000001")


def test_a_cost_plus_charge_shows_the_costs_and_the_multiplier() -> None:
    [step] = rate_cost_plus(Decimal("1.3"), 10 * MAJOR, currency="USD").steps

    assert (step.quantity, step.price_minor, step.tier) == (Decimal("1.3"), Decimal(10_00), None)


@pytest.mark.parametrize(("costs", "billed"), [(0, 0), (1, 1), (10 * MAJOR, 1)])
def test_without_costs_nothing_is_billed(costs: int, billed: int) -> None:
    assert rate_cost_plus(Decimal("1.3"), costs, currency="USD").billed_quantity == billed


def test_costs_have_a_price_in_every_currency() -> None:
    """They are recorded in one, and a multiple of them is in the same."""
    pricing = make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier="2", price_points=())

    assert rate(pricing, 3 * MAJOR, currency="USD").amount == 2 * 3_00
    assert rate(pricing, 3 * MAJOR, currency="JPY").amount == 2 * 3


# ---- percent of total


@pytest.mark.parametrize(
    ("percentage", "total_minor", "amount_minor"),
    [
        case("PCT-01", "2.9", 4_00, "11.6"),
        case("tenth", "10", 499_95, "4999.5"),
        case("all", "100", 1, "1"),
        case("more-than-all", "250", 10_00, "2500"),
        case("none-of-it", "0", 10_00, "0"),
        case("of-nothing", "10", 0, "0"),
        case("exact", "0.0001", 10**24 + 1, "1000000000000000000.000001"),
    ],
)
def test_a_percentage_is_taken_unrounded(percentage: str, total_minor: int, amount_minor: str) -> None:
    pricing = make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage=percentage, price_points=())

    assert rate(pricing, total_minor, currency="USD").amount == Decimal(amount_minor)


@pytest.mark.parametrize(("total_minor", "billed"), [(0, 0), (1, 1), (499_95, 1)])
def test_of_nothing_nothing_is_billed(total_minor: int, billed: int) -> None:
    assert rate_percent_of_total(Decimal(10), total_minor).billed_quantity == billed
