"""The laws of prices, for any price and any quantity: each test says one of them and tries to break it."""

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.billing.errors import InvalidInput
from functions.billing.models.pricing import PricePoint, Pricing
from functions.billing.models.tiers import Tier, TierBounds, lower_bound, tiers_of
from functions.billing.money import EXACT
from functions.billing.rating.charge import Number
from functions.billing.rating.linear import billed_quantity, rate_per_unit
from functions.billing.rating.rate import rate
from functions.billing.rating.tiered import rate_graduated, rate_volume
from tests.billing.strategies import (
    amounts_minor,
    law,
    prices,
    quantities,
    tiered_prices,
    tiers,
    unbounded,
    usage_pricings,
)
from tests.builders import make_price

fractions = st.decimals(0, 120, places=3)


# ---- what is billed


@law
@given(prices(), st.integers(0, 200))
def test_the_billed_quantity_grows_with_the_quantity_and_stays_within_its_bounds(
    price: PricePoint, quantity: int
) -> None:
    billed, one_more = billed_quantity(price, quantity), billed_quantity(price, quantity + 1)

    assert billed <= one_more <= billed + 1
    assert price.min_quantity <= billed <= max(quantity, price.min_quantity)
    assert price.max_quantity is None or billed <= price.max_quantity


@law
@given(prices(), st.integers(0, 200))
def test_the_included_quantity_is_never_part_of_the_least_or_the_most(price: PricePoint, beyond: int) -> None:
    billed = billed_quantity(price, price.included_quantity + beyond)

    assert billed == billed_quantity(price.model_copy(update={"included_quantity": 0}), beyond)


@law
@given(usage_pricings(), quantities)
def test_a_charge_is_the_sum_of_its_steps_and_never_negative(pricing: Pricing, quantity: int) -> None:
    charge = rate(pricing, quantity, currency="USD")

    assert charge.quantity == quantity
    assert charge.amount == reduce(EXACT.add, (step.amount for step in charge.steps), Decimal(0)) >= 0


# ---- per unit


@law
@given(prices(), st.integers(0, 200))
def test_a_charge_per_unit_is_its_billed_quantity_at_its_price(price: PricePoint, quantity: int) -> None:
    charge = rate_per_unit(price, quantity)

    assert charge.amount == charge.billed_quantity * price.unit_price_minor


@law
@given(amounts_minor, st.lists(quantities, max_size=6))
def test_units_rated_in_parts_cost_what_they_cost_at_once(unit_price_minor: int, parts: list[int]) -> None:
    price = make_price(unit_price_minor)

    assert sum(rate_per_unit(price, part).amount for part in parts) == rate_per_unit(price, sum(parts)).amount


# ---- tiers


def counted_out(found: Sequence[Tier], billed: int) -> int:
    """The graduated charge, unit by unit: each costs what its tier says, and its flat amount when it is the first."""
    total, entered = found[0].flat_minor or 0, 0
    for unit in range(1, billed + 1):
        index = next(i for i, tier in enumerate(found) if tier.up_to is None or unit <= tier.up_to)
        for passed in range(entered + 1, index + 1):
            total += found[passed].flat_minor or 0
        entered = index
        total += found[index].unit_minor or 0
    return total


@settings(law, max_examples=150)
@given(tiered_prices(), quantities)
def test_graduated_is_what_counting_out_unit_by_unit_comes_to(price: PricePoint, quantity: int) -> None:
    billed = int(billed_quantity(price, quantity))

    charge = rate_graduated(price, quantity)

    assert charge.billed_quantity == billed
    assert charge.amount == counted_out(price.tiers, billed)


@settings(law, max_examples=150)
@given(tiered_prices(), quantities)
def test_volume_is_all_units_at_the_one_tier_that_holds_the_last(price: PricePoint, quantity: int) -> None:
    billed = billed_quantity(price, quantity)
    [reached] = [
        tier
        for index, tier in enumerate(price.tiers)
        if lower_bound(price.tiers, index) <= billed and (tier.up_to is None or billed <= tier.up_to)
    ]

    assert rate_volume(price, quantity).amount == billed * (reached.unit_minor or 0) + (reached.flat_minor or 0)


@law
@given(tiers(), quantities | fractions)
def test_the_slices_of_a_graduated_charge_are_the_whole_quantity_and_fit_their_tiers(
    found: tuple[Tier, ...], quantity: Number
) -> None:
    found = tuple(tier.model_copy(update={"unit_minor": tier.unit_minor or 0}) for tier in found)

    slices = [step for step in rate_graduated(unbounded(found), quantity).steps if not step.is_flat]

    assert sum(step.quantity for step in slices) == quantity
    assert [step.tier for step in slices] == sorted({step.tier or 0 for step in slices})
    below = 0
    for step in slices:
        tier = found[(step.tier or 0) - 1]
        assert step.price_minor == tier.unit_minor
        assert tier.up_to is None or below + step.quantity <= tier.up_to
        below = tier.up_to or 0


def after(found: Sequence[Tier], used: int) -> tuple[Tier, ...]:
    """What of the tiers is left for the units after the first `used`; a flat amount that was paid is paid."""
    left = [(index, tier) for index, tier in enumerate(found) if tier.up_to is None or tier.up_to > used]
    return tuple(
        tier.model_copy(
            update={
                "up_to": None if tier.up_to is None else tier.up_to - used,
                "unit_minor": tier.unit_minor or 0,
                "flat_minor": None if _is_paid(found, index, used) else tier.flat_minor,
            }
        )
        for index, tier in left
    )


def _is_paid(found: Sequence[Tier], index: int, used: int) -> bool:
    return index == 0 or lower_bound(found, index) <= used


@law
@given(tiers(), st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_graduated_in_parts_that_go_on_where_the_last_ended_is_graduated_at_once(
    found: tuple[Tier, ...], parts: list[int]
) -> None:
    total, used = Decimal(0), 0
    for part in parts:
        left = found if used == 0 else after(found, used)
        total += rate_graduated(unbounded(left), part).amount
        used += part

    assert total == rate_graduated(unbounded(found), used).amount


@law
@given(tiered_prices(), st.lists(quantities, min_size=2, max_size=6))
def test_more_usage_never_costs_less_under_graduated_prices(price: PricePoint, used: list[int]) -> None:
    amounts = [rate_graduated(price, quantity).amount for quantity in sorted(used)]

    assert all(less <= more for less, more in pairwise(amounts))


@law
@given(prices(), amounts_minor, quantities | fractions)
def test_one_open_tier_is_a_price_per_unit(price: PricePoint, unit_minor: int, quantity: Number) -> None:
    per_unit = price.model_copy(update={"unit_price_minor": unit_minor})
    tiered = price.model_copy(update={"tiers": (Tier(unit_minor=unit_minor),)})

    expected = rate_per_unit(per_unit, quantity)

    for charge in (rate_graduated(tiered, quantity), rate_volume(tiered, quantity)):
        assert (charge.amount, charge.billed_quantity) == (expected.amount, expected.billed_quantity)


@law
@given(tiered_prices(), amounts_minor, quantities | fractions)
def test_where_every_tier_costs_the_same_volume_is_graduated(
    price: PricePoint, unit_minor: int, quantity: Number
) -> None:
    level = tuple(Tier(up_to=tier.up_to, unit_minor=unit_minor) for tier in price.tiers)
    price = price.model_copy(update={"tiers": level})

    assert rate_volume(price, quantity).amount == rate_graduated(price, quantity).amount


@law
@given(tiered_prices(), quantities, st.integers(0, 1000))
def test_a_charge_grows_with_its_prices_in_proportion(price: PricePoint, quantity: int, factor: int) -> None:
    """So that a price in a smaller unit than ours can be told from one in ours: see `prices.SCALE`."""
    dearer = tuple(
        tier.model_copy(
            update={
                "unit_minor": None if tier.unit_minor is None else tier.unit_minor * factor,
                "flat_minor": None if tier.flat_minor is None else tier.flat_minor * factor,
            }
        )
        for tier in price.tiers
    )
    times = price.model_copy(update={"tiers": dearer, "unit_price_minor": price.unit_price_minor * factor})

    assert rate_graduated(times, quantity).amount == factor * rate_graduated(price, quantity).amount
    assert rate_volume(times, quantity).amount == factor * rate_volume(price, quantity).amount
    assert rate_per_unit(times, quantity).amount == factor * rate_per_unit(price, quantity).amount


# ---- lists of tiers


def written(found: Sequence[Tier], lowers: Sequence[int | None]) -> list[TierBounds]:
    return [
        TierBounds(lower=lower, upper=tier.up_to, unit_minor=tier.unit_minor, flat_minor=tier.flat_minor)
        for lower, tier in zip(lowers, found, strict=True)
    ]


@law
@given(tiers(), st.data())
def test_a_list_means_the_same_however_its_lower_bounds_are_written_and_in_whatever_order_it_comes(
    found: tuple[Tier, ...], data: st.DataObject
) -> None:
    befores = [0, *(tier.up_to or 0 for tier in found[:-1])]
    ends = [tier.up_to for tier in found]
    lowers = [
        data.draw(st.sampled_from([None, before] if end == before else [None, before, before + 1]))
        for before, end in zip(befores, ends, strict=True)
    ]

    rows = data.draw(st.permutations(written(found, lowers)))

    assert tiers_of(rows) == found


@law
@given(tiers())
def test_reading_a_list_twice_is_reading_it_once(found: tuple[Tier, ...]) -> None:
    once = tiers_of(written(found, [lower_bound(found, index) for index in range(len(found))]))

    assert once == tiers_of(written(once, [None] * len(once))) == found


Bounds = tuple[int | None, int | None]


def follow_on(bounds: Sequence[Bounds]) -> bool:
    """Whether bounds, in any order, are a ladder: each begins at the end before it or one above, the last is open."""
    ordered = sorted(bounds, key=lambda row: (row[1] is None, row[1] or 0))
    uppers = [upper for _, upper in ordered]
    befores = [0, *(upper or 0 for upper in uppers[:-1])]
    return (
        uppers.count(None) == 1
        and len(set(uppers)) == len(uppers)
        and all(lower in {None, before, before + 1} for (lower, _), before in zip(ordered, befores, strict=True))
        and all(lower is None or upper is None or lower <= upper for lower, upper in ordered)
    )


small = st.integers(0, 6)


@st.composite
def near_ladders(draw: st.DrawFn) -> list[Bounds]:
    """Bounds that ascend; at most a lower bound or the open end is not what it should be."""
    ends: list[int | None] = [*sorted(draw(st.sets(small, max_size=4))), draw(st.sampled_from([None, None, 7]))]
    befores = [0, *(end or 0 for end in ends[:-1])]
    return [
        (draw(st.sampled_from([None, before, before + 1, before + 2, max(before - 1, 0)])), end)
        for before, end in zip(befores, ends, strict=True)
    ]


@settings(law, max_examples=200)
@given(near_ladders() | st.lists(st.tuples(st.none() | small, st.none() | small), min_size=1, max_size=4))
def test_any_list_is_a_ladder_or_refused_by_the_name_of_a_tier(bounds: list[Bounds]) -> None:
    rows = [TierBounds(lower=lower, upper=upper, unit_minor=1) for lower, upper in bounds]

    if follow_on(bounds):
        ordered = sorted((upper for _, upper in bounds), key=lambda upper: (upper is None, upper or 0))
        assert [tier.up_to for tier in tiers_of(rows)] == ordered
    else:
        with pytest.raises(InvalidInput, match=r"^tier [1-5] \(.*\) .*expected|^tier [1-5] \(.*\) ends"):
            tiers_of(rows)


@law
@given(tiers(), st.data())
def test_a_tier_without_an_amount_is_refused_by_its_name(found: tuple[Tier, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(found) - 1))
    rows = written(found, [None] * len(found))
    rows[place] = rows[place].model_copy(update={"unit_minor": None, "flat_minor": None})

    with pytest.raises(InvalidInput, match=rf"^tier {place + 1} \(.*\) has no amount"):
        tiers_of(rows)


@law
@given(usage_pricings(), quantities, quantities)
def test_what_is_beyond_the_most_or_within_the_included_costs_nothing_more(
    pricing: Pricing, quantity: int, more: int
) -> None:
    assume(pricing.price_points)
    [point] = pricing.price_points
    assume(billed_quantity(point, quantity) == billed_quantity(point, quantity + more))

    charges = [rate(pricing, used, currency="USD") for used in (quantity, quantity + more)]

    assert charges[0].steps == charges[1].steps
