"""What of the credits that were taken is money, with all that orders grant on the way."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.invoicing.overage import horizon, in_money, needs
from functions.billing.models.usage import RatingPlan, Usage, usage_key
from functions.billing.rating.benefits import benefit_grants
from tests.builders import RECURRING, SEATS, USAGE, make_attribute, make_order, make_plan, make_pricing

JUNE_1, JUNE_10, JUNE_20, JULY_1 = date(2025, 6, 1), date(2025, 6, 10), date(2025, 6, 20), date(2025, 7, 1)
WORDS = make_attribute(
    make_pricing(
        USAGE,
        model="prepaidCredits",
        price_points=(),
        credits={"currency_id": "cc_1", "cost": Decimal(1)},
        overage_unit_minor=10,
    ),
    id="words",
)


def fee(amount: int, **benefit: object) -> Any:
    return make_attribute(
        make_pricing(RECURRING, benefits=({"currency_id": "cc_1", "amount_micro": amount, **benefit},)), id="fee"
    )


def money_of(plan: RatingPlan, usage: Usage) -> Usage:
    return in_money(plan, usage, benefit_grants(plan, through=horizon(plan, usage)))


@pytest.mark.parametrize(
    ("starts", "over"), [(date(2025, 6, 11), 20), (JUNE_20, 20), (date(2025, 6, 30), 20), (JULY_1, 50)]
)
def test_credits_that_another_order_brings_before_the_period_ends_meet_what_waits(starts: date, over: int) -> None:
    """50 on 10 June wait until 1 July, when they are charged; 30 come on the way, or too late."""
    plan = make_plan(make_order(WORDS), make_order(fee(30), start=starts, id="ord_2"))

    money = money_of(plan, {"words": {JUNE_10: 50}})

    assert money == {"words": {JUNE_1: over}}


def test_what_is_granted_after_the_last_period_in_which_anything_was_taken_changes_nothing() -> None:
    later = [make_order(fee(30), start=date(2025, month, 1), id=f"ord_{month}") for month in (7, 8, 12)]

    assert money_of(make_plan(make_order(WORDS), *later), {"words": {JUNE_10: 50}}) == {"words": {JUNE_1: 50}}


def test_what_others_use_is_left_as_it_is() -> None:
    usage: Usage = {"emails": {JUNE_1: 7}, usage_key("words", "ada"): {JUNE_10: 5}}

    assert money_of(make_plan(make_order(WORDS)), usage) == {"emails": {JUNE_1: 7}, "words": {JUNE_1: 5}}


def seats(timing: str, quantity: int = 3) -> Any:
    pricing = make_pricing(
        SEATS,
        model="prepaidCredits",
        timing=timing,
        price_points=(),
        credits={"currency_id": "cc_1", "cost": Decimal("2.5")},
    )
    return make_attribute(pricing, id="seats", quantity=quantity)


@pytest.mark.parametrize(
    ("timing", "through", "days"),
    [
        ("advance", JUNE_1, [JUNE_1]),
        ("advance", date(2025, 6, 30), [JUNE_1]),
        ("advance", JULY_1, [JUNE_1, JULY_1]),
        ("arrears", date(2025, 6, 30), []),
        ("arrears", JULY_1, [JULY_1]),
    ],
)
def test_seats_take_their_credits_on_the_day_on_which_they_fall_due(
    timing: str, through: date, days: list[date]
) -> None:
    taken = needs(make_plan(make_order(seats(timing))), {}, through=through)

    assert [(need.day, need.micro) for need in taken["cc_1"]] == [(day, 7_500_000) for day in days]


def test_seats_and_signals_take_from_the_same_credits() -> None:
    """Of 10 on 1 June the seats have 7.5, so that 2.5 are left for the signals' 4: 1.5 over."""
    plan = make_plan(make_order(WORDS, seats("advance"), fee(10_000_000)))

    assert money_of(plan, {"words": {JUNE_10: 4_000_000}}) == {"words": {JUNE_1: 1_500_000}}
