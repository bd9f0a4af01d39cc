"""Which credits come with what is bought: how many, from when, and until when."""

from datetime import date

import pytest
from pydantic import ValidationError

from functions.billing.models.credit import CreditGrant
from functions.billing.models.pricing import Cadence, CreditBenefit
from functions.billing.models.rating_plan import PlanBenefit
from functions.billing.models.usage import RatingPlan
from functions.billing.rating.benefits import benefit_grants

CREDIT = 10**6


def granted(
    start: date, through: date, *, anchor_day: int = 1, amount: int = 100, **fields: object
) -> list[CreditGrant]:
    """What a component that brings so many credits grants on or before the day."""
    rollover = {name: fields.pop(name) for name in tuple(fields) if name.startswith("rollover")}
    benefit = {"currency_id": "cc_1", "amount_micro": amount * CREDIT, **rollover}
    for name in ("cadence", "is_infinite"):
        if name in fields:
            benefit[name] = fields.pop(name)
    each = PlanBenefit.model_validate(
        {
            "start": start,
            "anchor_day": anchor_day,
            "months": 1,
            "order_line_attribute_id": "ola_1",
            "benefit": CreditBenefit.model_validate(benefit),
            "place": 0,
            "quantity": 1,
            "happens_once": False,
            **fields,
        }
    )
    return list(benefit_grants(RatingPlan(benefits=(("ord_1", each),)), through=through))


def kept_until(grants: list[CreditGrant]) -> list[date | None]:
    return [None if grant.rollover is None else grant.rollover.until for grant in grants]


def test_months_of_rollover_are_counted_from_the_anchor_and_not_from_the_clamped_day() -> None:
    """With the anchor on the 31st the month after 28 February ends on 31 March, and the one after it on 30 April."""
    grants = granted(
        date(2025, 1, 31),
        date(2025, 2, 28),
        anchor_day=31,
        rollover_micro=1,
        rollover_duration=1,
        rollover_unit="months",
    )

    assert [grant.expires_on for grant in grants] == [date(2025, 2, 28), date(2025, 3, 31)]
    assert kept_until(grants) == [date(2025, 3, 31), date(2025, 4, 30)]


def test_a_period_that_is_cut_off_rolls_over_from_its_last_day() -> None:
    grants = granted(
        date(2025, 1, 31),
        date(2025, 1, 31),
        anchor_day=31,
        end=date(2025, 2, 10),
        rollover_micro=1,
        rollover_duration=1,
        rollover_unit="months",
    )

    assert kept_until(grants) == [date(2025, 3, 10)]


def test_what_rolls_over_is_said_for_one_unit_as_the_credits_are() -> None:
    """10 x 500, of which 10 x 100 may outlive the month."""
    (grant,) = granted(
        date(2025, 6, 1),
        date(2025, 6, 1),
        amount=500,
        quantity=10,
        rollover_micro=100 * CREDIT,
        rollover_duration=5,
        rollover_unit="days",
    )

    assert grant.rollover is not None
    assert (grant.amount_micro, grant.rollover.amount_micro) == (5_000 * CREDIT, 1_000 * CREDIT)


@pytest.mark.parametrize(("start", "micro"), [(date(2025, 6, 1), 100_000_000), (date(2025, 6, 2), 96_666_666)])
def test_a_period_that_starts_after_its_anchor_day_brings_its_part_as_its_fee_is(start: date, micro: int) -> None:
    """29 of 30 days: 96.666666..., rounded down; the month after it is whole."""
    grants = granted(start, date(2025, 7, 1))

    assert [grant.amount_micro for grant in grants] == [micro, 100 * CREDIT]


@pytest.mark.parametrize(("cadence", "then"), [(Cadence.UPFRONT, 365), (Cadence.MONTHLY, 365 / 12)])
def test_upfront_or_by_the_month_a_part_of_a_year_brings_as_much(cadence: Cadence, then: float) -> None:
    """30 January to 15 February are 16 of 365 days of 365 credits; the year that follows brings all, or a twelfth."""
    start = date(2026, 1, 30)

    first, second = granted(start, date(2026, 2, 15), anchor_day=15, months=12, amount=365, cadence=cadence)

    assert (first.amount_micro, second.amount_micro) == (16 * CREDIT, int(then * CREDIT))


@pytest.mark.parametrize(("cadence", "amounts"), [(Cadence.UPFRONT, [120]), (Cadence.MONTHLY, [10, 10, 10])])
def test_what_an_amendment_adds_within_a_year_brings_its_credits_in_full(cadence: Cadence, amounts: list[int]) -> None:
    """120 a year from 15 October on, in a year that is counted from January: its `creditGrant` is full."""
    grants = granted(
        date(2025, 10, 15), date(2025, 12, 31), counted_from=date(2025, 1, 1), months=12, amount=120, cadence=cadence
    )

    assert [grant.amount_micro // CREDIT for grant in grants] == amounts


def test_a_period_that_the_end_cuts_off_brings_all_because_an_end_may_be_set_later() -> None:
    (grant,) = granted(date(2025, 6, 1), date(2025, 6, 30), end=date(2025, 6, 11))

    assert (grant.amount_micro, grant.expires_on) == (100 * CREDIT, date(2025, 6, 11))


@pytest.mark.parametrize("quantity", [0, 1])
def test_of_what_was_not_sold_nothing_comes_without_end_either(quantity: int) -> None:
    assert len(granted(date(2025, 6, 1), date(2025, 6, 30), is_infinite=True, quantity=quantity)) == quantity


def test_of_credits_without_end_none_can_roll_over() -> None:
    with pytest.raises(ValidationError, match=r"rolloverAmount is given, expected none: .*isInfiniteTotal"):
        granted(
            date(2025, 6, 1),
            date(2025, 6, 1),
            is_infinite=True,
            rollover_micro=1,
            rollover_duration=1,
            rollover_unit="days",
        )
