import re

import pytest
from pydantic import ValidationError

from functions.billing.errors import InvalidInput
from functions.billing.models.tiers import Tier, TierBounds, lower_bound, tiers_of
from tests.billing.cases import case
from tests.builders import make_price

Bounds = list[tuple[int | None, int | None]]
"""Lower and upper bound of each tier, None where it is left out."""


def rows(bounds: Bounds) -> list[TierBounds]:
    return [TierBounds(lower=lower, upper=upper, unit_minor=1) for lower, upper in bounds]


def ends(bounds: Bounds) -> list[int | None]:
    return [tier.up_to for tier in tiers_of(rows(bounds))]


# ---- what is accepted


@pytest.mark.parametrize(
    "bounds",
    [
        [(0, 100), (101, 200), (201, None)],
        [(0, 100), (100, 200), (200, None)],
        [(1, 100), (101, 200), (201, None)],
        [(None, 100), (None, 200), (None, None)],
        [(0, 100), (None, 200), (200, None)],
    ],
)
def test_the_usual_ways_of_writing_bounds_mean_the_same(bounds: Bounds) -> None:
    assert ends(bounds) == [100, 200, None]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        case("GRAD-17-sorted", [(None, None), (None, 50), (None, 10)], [10, 50, None]),
        case("last-first", [(201, None), (0, 100), (101, 200)], [100, 200, None]),
    ],
)
def test_tiers_may_come_in_any_order(bounds: Bounds, expected: list[int | None]) -> None:
    assert ends(bounds) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ([(None, None)], [None]),
        ([(0, None)], [None]),
        ([(1, None)], [None]),
        ([(0, 0), (1, None)], [0, None]),
        ([(0, 1), (2, 2), (3, 3), (4, None)], [1, 2, 3, None]),
        ([(0, 10**12), (10**12, None)], [10**12, None]),
    ],
)
def test_one_tier_is_enough_and_a_tier_may_hold_a_single_quantity(bounds: Bounds, expected: list[int | None]) -> None:
    assert ends(bounds) == expected


@pytest.mark.parametrize(("unit_minor", "flat_minor"), [(10, None), (None, 200), (10, 200), (0, None), (None, 0)])
def test_a_tier_keeps_either_amount_or_both(unit_minor: int | None, flat_minor: int | None) -> None:
    last = TierBounds(lower=101, unit_minor=5)
    first = TierBounds(lower=0, upper=100, unit_minor=unit_minor, flat_minor=flat_minor)

    assert tiers_of([last, first]) == (
        Tier(up_to=100, unit_minor=unit_minor, flat_minor=flat_minor),
        Tier(unit_minor=5),
    )


def test_a_tier_begins_after_the_one_before_it_ends() -> None:
    tiers = tiers_of(rows([(0, 100), (100, 200), (200, None)]))

    assert [lower_bound(tiers, index) for index in range(3)] == [0, 101, 201]


# ---- what is refused


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [
        ([(2, None)], "tier 1 (from 2) leaves a gap: expected lowerBound 0"),
        ([(0, 100), (102, None)], "tier 2 (from 102) leaves a gap: expected lowerBound 101"),
        ([(0, 100), (99, None)], "tier 2 (from 99) overlaps the tier before it: expected lowerBound 101"),
        (
            [(0, 100), (50, 100), (101, None)],
            "tier 2 (from 50 to 100) overlaps the tier before it: expected lowerBound 101",
        ),
        (
            [(0, 100), (0, 100), (101, None)],
            "tier 2 (from 0 to 100) overlaps the tier before it: expected lowerBound 101",
        ),
        (
            [(0, 100), (0, 200), (201, None)],
            "tier 2 (from 0 to 200) overlaps the tier before it: expected lowerBound 101",
        ),
        ([(0, 100), (0, None)], "tier 2 (from 0) overlaps the tier before it: expected lowerBound 101"),
        ([(0, None), (0, None)], "tier 1 (from 0) is open, but not the last: expected an upperBound"),
        (
            [(0, 100), (101, 200)],
            "tier 2 (from 101 to 200) is the last and closed: expected no upperBound, more may be used than that",
        ),
        ([(0, 100)], "tier 1 (from 0 to 100) is the last and closed: expected no upperBound"),
        (
            [(0, 100), (150, 120), (151, None)],
            "tier 2 (from 150 to 120) ends before it begins: expected an upperBound of 150 at least",
        ),
        case("GRAD-17-two-open", [(None, None), (None, None)], "tier 1 (without bounds) is open, but not the last"),
        case("GRAD-17-twice", [(None, 10), (None, 10)], "tier 2 (to 10) overlaps the tier before it"),
        case("GRAD-17-gap", [(1, 10), (12, None)], "tier 2 (from 12) leaves a gap: expected lowerBound 11"),
        case("GRAD-17-overlap", [(1, 10), (8, None)], "tier 2 (from 8) overlaps the tier before it"),
    ],
)
def test_what_is_no_ladder_of_tiers_is_refused_with_the_tier_and_what_was_expected(
    bounds: Bounds, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        tiers_of(rows(bounds))


def test_a_tier_without_an_amount_is_refused() -> None:
    with pytest.raises(
        InvalidInput, match=r"tier 2 \(from 11\) has no amount, expected unitAmount, flatAmount or both"
    ):
        tiers_of([TierBounds(lower=0, upper=10, unit_minor=1), TierBounds(lower=11)])


@pytest.mark.parametrize(("count", "refused"), [(99, False), (100, False), (101, True), (10_000, True)])
def test_a_price_has_a_hundred_tiers_at_most(count: int, *, refused: bool) -> None:
    bounds: Bounds = [*((None, number) for number in range(1, count)), (None, None)]

    if refused:
        with pytest.raises(InvalidInput, match=f"tiers are {count}, expected at most 100"):
            tiers_of(rows(bounds))
    else:
        assert len(tiers_of(rows(bounds))) == count


@pytest.mark.parametrize("bounds", [[10, 10, None], [11, 10, None], [None, 10, None], [10, 20], [10], [None, None]])
def test_stored_tiers_ascend_and_end_open(bounds: list[int | None]) -> None:
    """A price is never rated by tiers that say nothing of a quantity."""
    with pytest.raises(ValidationError, match="expected ascending bounds and an open end"):
        make_price(tiers=[Tier(up_to=bound, unit_minor=1) for bound in bounds])
