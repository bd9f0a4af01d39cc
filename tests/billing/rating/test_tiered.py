from decimal import Decimal

import pytest

from functions.billing.models.pricing import PricePoint
from functions.billing.models.tiers import Tier, TierBounds, tiers_of
from functions.billing.rating.charge import Charge, Number, Step
from functions.billing.rating.rate import rate
from functions.billing.rating.tiered import rate_graduated, rate_volume
from tests.billing.cases import case
from tests.billing.prices import (
    GRAD_01,
    GRAD_03,
    GRAD_07,
    GRAD_09,
    GRAD_15,
    GRAD_19,
    GRAD_21,
    GRAD_23,
    GRADUATED,
    LATE_01,
    SCALE,
    VOL_01,
    VOL_05,
    VOLUME,
    Row,
    scaled,
    unscaled,
)
from tests.builders import USAGE, make_price, make_pricing

# ---- the cases of the field


@pytest.mark.parametrize(
    ("rows", "quantity", "amount"),
    [
        case("GRAD-01", GRAD_01, "0", "100"),
        case("GRAD-01", GRAD_01, "3", "100"),
        case("GRAD-01", GRAD_01, "5", "100"),
        case("GRAD-01", GRAD_01, "5.001", "150"),
        case("GRAD-01", GRAD_01, "7", "150"),
        case("GRAD-01", GRAD_01, "12", "170"),
        case("GRAD-01", GRAD_01, "22", "235"),
        case("GRAD-03-before", GRAD_03, "12", "160"),
        case("GRAD-03-after", GRAD_03, "22", "182"),  # 22 more
        case("GRAD-07", GRAD_07, "0", "2"),
        case("GRAD-07", GRAD_07, "1", "12"),
        case("GRAD-07", GRAD_07, "10", "102"),
        case("GRAD-07", GRAD_07, "11", "110"),
        case("GRAD-07", GRAD_07, "12", "115"),
        case("GRAD-07", GRAD_07, "21", "163"),
        case("GRAD-09", GRAD_09, "0", "0"),
        case("GRAD-09", GRAD_09, "50", "5"),
        case("GRAD-09", GRAD_09, "100", "10"),
        case("GRAD-09", GRAD_09, "250", "17.5"),
        case("GRAD-09", GRAD_09, "500", "30"),
        case("GRAD-09", GRAD_09, "1000", "40"),
        case("GRAD-15", GRAD_15, "10.5", "10.40"),
        case("GRAD-19", GRAD_19, "5", "250"),
        case("GRAD-19", GRAD_19, "15", "700"),
        case("GRAD-19", GRAD_19, "25", "1050"),
        case("GRAD-21", GRAD_21, "15000", "600"),
        case("GRAD-23", GRAD_23, "150", "125"),
        case("LATE-01-billed", LATE_01, "3", "3"),
        case("LATE-01", LATE_01, "5", "5"),  # 2 more
        case("LATE-01", LATE_01, "7", "9"),  # 6 more
        case("LATE-01", LATE_01, "12", "21"),  # 18 more
    ],
)
def test_graduated_charges_each_slice_at_its_own_tier(rows: list[Row], quantity: str, amount: str) -> None:
    pricing = make_pricing(USAGE, scaled(*rows), model=GRADUATED)

    assert unscaled(rate(pricing, Decimal(quantity), currency="USD")) == Decimal(amount)


@pytest.mark.parametrize(
    ("rows", "quantity", "amount"),
    [
        case("VOL-01", VOL_01, "0", "100"),
        case("VOL-01", VOL_01, "3", "100"),
        case("VOL-01", VOL_01, "5", "100"),
        case("VOL-01", VOL_01, "14", "140"),
        case("VOL-01", VOL_01, "15", "150"),
        case("VOL-01", VOL_01, "16", "80"),
        case("VOL-01", VOL_01, "100", "500"),
        case("VOL-05", VOL_05, "65000", "49"),
        case("GRAD-15", GRAD_15, "10.5", "8.40"),
        case("GRAD-19", GRAD_19, "5", "250"),
        case("GRAD-19", GRAD_19, "15", "600"),
        case("GRAD-19", GRAD_19, "25", "750"),
        case("GRAD-21", GRAD_21, "15000", "150"),
        case("GRAD-23", GRAD_23, "150", "75"),
    ],
)
def test_volume_charges_everything_at_the_tier_that_is_reached(rows: list[Row], quantity: str, amount: str) -> None:
    pricing = make_pricing(USAGE, scaled(*rows), model=VOLUME)

    assert unscaled(rate(pricing, Decimal(quantity), currency="USD")) == Decimal(amount)


@pytest.mark.parametrize(
    ("lowers", "graduated", "volume"),
    [
        case("GRAD-23", (0, 100, 200), "100", "100"),
        case("GRAD-23-from-the-next", (0, 101, 201), "100", "100"),
    ],
)
def test_a_hundred_is_still_in_the_tier_that_ends_there_also_where_the_next_is_said_to_begin_there(
    lowers: tuple[int, int, int], graduated: str, volume: str
) -> None:
    """Bounds are inclusive; a list by first units would have 100 in the second tier: volume would come to 50."""
    bounds = zip(lowers, (100, 200, None), (100, 50, 25), strict=True)
    tiers = tiers_of([TierBounds(lower=low, upper=high, unit_minor=unit) for low, high, unit in bounds])
    price = make_price(0, tiers=tiers)

    assert rate_graduated(price, 100).amount == Decimal(graduated) * 100
    assert rate_volume(price, 100).amount == Decimal(volume) * 100


# ---- bounds and their neighbours

FLAT_AND_UNIT = make_price(
    0,
    tiers=(
        Tier(up_to=10, unit_minor=10, flat_minor=200),
        Tier(up_to=20, unit_minor=5, flat_minor=300),
        Tier(unit_minor=1, flat_minor=400),
    ),
)


@pytest.mark.parametrize(
    ("quantity", "graduated_minor", "volume_minor"),
    [
        (0, 200, 200),
        (1, 200 + 1 * 10, 200 + 1 * 10),
        (9, 200 + 9 * 10, 200 + 9 * 10),
        (10, 200 + 10 * 10, 200 + 10 * 10),
        (11, 200 + 10 * 10 + 300 + 1 * 5, 300 + 11 * 5),
        (19, 200 + 10 * 10 + 300 + 9 * 5, 300 + 19 * 5),
        (20, 200 + 10 * 10 + 300 + 10 * 5, 300 + 20 * 5),
        (21, 200 + 10 * 10 + 300 + 10 * 5 + 400 + 1, 400 + 21),
        (10**12, 200 + 10 * 10 + 300 + 10 * 5 + 400 + 10**12 - 20, 400 + 10**12),
    ],
)
def test_a_tier_is_entered_one_above_the_bound_before_it(
    quantity: int, graduated_minor: int, volume_minor: int
) -> None:
    assert rate_graduated(FLAT_AND_UNIT, quantity).amount == graduated_minor
    assert rate_volume(FLAT_AND_UNIT, quantity).amount == volume_minor


@pytest.mark.parametrize("quantity", ["10.000000000001", "10.5", "11"])
def test_any_fraction_above_a_bound_enters_the_next_tier(quantity: str) -> None:
    over = Decimal(quantity) - 10

    assert rate_graduated(FLAT_AND_UNIT, Decimal(quantity)).amount == 200 + 10 * 10 + 300 + over * 5
    assert rate_volume(FLAT_AND_UNIT, Decimal(quantity)).amount == 300 + Decimal(quantity) * 5


@pytest.mark.parametrize(
    ("quantity", "amount_minor"),
    [
        (0, 700),
        (1, 700 + 1 * 3),
        (2, 700 + 2 * 3),
    ],
)
def test_a_first_tier_that_ends_at_zero_is_a_fee_for_being_there(quantity: int, amount_minor: int) -> None:
    price = make_price(0, tiers=(Tier(up_to=0, flat_minor=700), Tier(unit_minor=3)))

    assert rate_graduated(price, quantity).amount == amount_minor


def test_the_largest_price_at_the_largest_quantity_loses_no_digit() -> None:
    most = 10**12
    price = make_price(0, tiers=(Tier(up_to=1, unit_minor=most - 1), Tier(unit_minor=most, flat_minor=1)))

    assert rate_graduated(price, most).amount == (most - 1) + 1 + (most - 1) * most
    assert rate_volume(price, most).amount == 1 + most * most


# ---- included, least and most quantities


def tiered_price(**bounds: int) -> PricePoint:
    """10 units at 1.00, then 0.50; entering the second costs 5.00."""
    return make_price(0, tiers=(Tier(up_to=10, unit_minor=100), Tier(unit_minor=50, flat_minor=500)), **bounds)


@pytest.mark.parametrize(
    ("bounds", "quantity", "billed", "graduated_minor", "volume_minor"),
    [
        ({"included_quantity": 100}, 99, 0, 0, 0),
        ({"included_quantity": 100}, 100, 0, 0, 0),
        ({"included_quantity": 100}, 101, 1, 100, 100),
        ({"included_quantity": 100}, 110, 10, 10 * 100, 10 * 100),
        ({"included_quantity": 100}, 111, 11, 10 * 100 + 500 + 50, 500 + 11 * 50),
        ({"min_quantity": 11}, 0, 11, 10 * 100 + 500 + 50, 500 + 11 * 50),
        ({"min_quantity": 11}, 10, 11, 10 * 100 + 500 + 50, 500 + 11 * 50),
        ({"min_quantity": 11}, 12, 12, 10 * 100 + 500 + 2 * 50, 500 + 12 * 50),
        ({"max_quantity": 10}, 9, 9, 9 * 100, 9 * 100),
        ({"max_quantity": 10}, 10, 10, 10 * 100, 10 * 100),
        ({"max_quantity": 10}, 11, 10, 10 * 100, 10 * 100),
        ({"max_quantity": 0}, 11, 0, 0, 0),
        ({"included_quantity": 5, "min_quantity": 2, "max_quantity": 11}, 6, 2, 2 * 100, 2 * 100),
        ({"included_quantity": 5, "min_quantity": 2, "max_quantity": 11}, 15, 10, 10 * 100, 10 * 100),
        (
            {"included_quantity": 5, "min_quantity": 2, "max_quantity": 11},
            17,
            11,
            10 * 100 + 500 + 50,
            500 + 11 * 50,
        ),
    ],
)
def test_tiers_are_climbed_by_the_billed_quantity(
    bounds: dict[str, int], quantity: int, billed: int, graduated_minor: int, volume_minor: int
) -> None:
    graduated, volume = rate_graduated(tiered_price(**bounds), quantity), rate_volume(tiered_price(**bounds), quantity)

    assert (graduated.quantity, graduated.billed_quantity) == (volume.quantity, volume.billed_quantity)
    assert (graduated.quantity, graduated.billed_quantity) == (quantity, billed)
    assert [graduated.amount, volume.amount] == [graduated_minor, volume_minor]


# ---- how the amount came about


@pytest.mark.parametrize(
    ("quantity", "steps"),
    [
        (0, [Step(1, Decimal(200), tier=1, is_flat=True)]),
        (10, [Step(10, Decimal(10), tier=1), Step(1, Decimal(200), tier=1, is_flat=True)]),
        (
            12,
            [
                Step(10, Decimal(10), tier=1),
                Step(1, Decimal(200), tier=1, is_flat=True),
                Step(2, Decimal(5), tier=2),
                Step(1, Decimal(300), tier=2, is_flat=True),
            ],
        ),
    ],
)
def test_a_graduated_charge_shows_each_slice_and_each_flat_amount(quantity: Number, steps: list[Step]) -> None:
    charge = rate_graduated(FLAT_AND_UNIT, quantity)

    assert list(charge.steps) == steps
    assert charge.unit_price_minor is None


def test_a_volume_charge_shows_the_one_tier_that_was_reached() -> None:
    charge = rate_volume(FLAT_AND_UNIT, 12)

    assert charge == Charge(12, 12, (Step(12, Decimal(5), tier=2), Step(1, Decimal(300), tier=2, is_flat=True)))


def test_a_tier_with_a_flat_amount_alone_charges_no_units() -> None:
    price = make_price(0, tiers=(Tier(up_to=10, flat_minor=500), Tier(unit_minor=20)))

    assert rate_graduated(price, 7).steps == (Step(1, Decimal(500), tier=1, is_flat=True),)
    assert rate_graduated(price, 12).amount == 500 + 2 * 20


def test_a_scaled_price_is_the_same_price_in_a_smaller_unit() -> None:
    """So that the cases in parts of a cent say something about prices in whole cents."""
    in_cents = make_price(0, tiers=(Tier(up_to=10, unit_minor=10, flat_minor=200), Tier(unit_minor=5)))

    assert unscaled(rate_graduated(scaled((10, "0.10", "2"), (None, "0.05", "0")), 25)) == Decimal(4) - Decimal("0.25")
    assert rate_graduated(in_cents, 25).amount == 375
    assert SCALE % 100 == 0
