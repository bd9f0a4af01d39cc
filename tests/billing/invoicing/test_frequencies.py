"""Which days of an order get which lines: frequencies, several of them on one order, and the override."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from functions.billing.models.order import FrequencyOverride
from functions.billing.models.pricing import BillingFrequency, BillingTiming
from functions.billing.models.usage import Usage
from tests.billing.invoicing.amounts import ANNUAL, CUSTOM, HALF_YEARLY, MONTHLY, QUARTERLY, amounts, recurring, sold
from tests.builders import (
    ADVANCE,
    ARREARS,
    ONE_TIME,
    USAGE,
    make_attribute,
    make_order,
    make_price,
    make_pricing,
)

DAY = timedelta(days=1)


# ---- frequencies


@pytest.mark.parametrize(
    ("frequency", "months", "days"),
    [
        (MONTHLY, None, "2025-06-01 2025-07-01 2025-08-01 2025-09-01"),
        (QUARTERLY, None, "2025-06-01 2025-09-01 2025-12-01 2026-03-01"),
        (HALF_YEARLY, None, "2025-06-01 2025-12-01 2026-06-01 2026-12-01"),
        (ANNUAL, None, "2025-06-01 2026-06-01 2027-06-01 2028-06-01"),
        (CUSTOM, 1, "2025-06-01 2025-07-01 2025-08-01 2025-09-01"),
        (CUSTOM, 5, "2025-06-01 2025-11-01 2026-04-01 2026-09-01"),
        (CUSTOM, 24, "2025-06-01 2027-06-01 2029-06-01 2031-06-01"),
    ],
)
def test_a_frequency_is_so_many_months_at_the_full_price_each(
    frequency: BillingFrequency, months: int | None, days: str
) -> None:
    in_advance = sold(recurring(500_00, frequency, custom_months=months), start="2025-06-01")
    in_arrears = sold(recurring(500_00, frequency, custom_months=months, timing=ARREARS), start="2025-06-01")
    begins = days.split()

    assert amounts(in_advance, until=begins[-1]) == {day: [500_00] for day in begins}
    assert amounts(in_arrears, until=begins[-1]) == {day: [500_00] for day in begins[1:]}


@pytest.mark.parametrize(
    ("start", "frequency", "months", "days"),
    [
        ("2025-01-28", MONTHLY, None, "2025-01-28 2025-02-28 2025-03-28"),
        ("2025-01-29", MONTHLY, None, "2025-01-29 2025-02-28 2025-03-29"),
        ("2024-01-29", MONTHLY, None, "2024-01-29 2024-02-29 2024-03-29"),
        ("2025-01-30", MONTHLY, None, "2025-01-30 2025-02-28 2025-03-30"),
        ("2025-01-31", MONTHLY, None, "2025-01-31 2025-02-28 2025-03-31 2025-04-30"),
        ("2025-08-31", QUARTERLY, None, "2025-08-31 2025-11-30 2026-02-28 2026-05-31"),
        ("2025-08-31", HALF_YEARLY, None, "2025-08-31 2026-02-28 2026-08-31"),
        ("2024-02-29", ANNUAL, None, "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("2024-02-29", CUSTOM, 24, "2024-02-29 2026-02-28 2028-02-29"),
        ("2025-01-31", CUSTOM, 5, "2025-01-31 2025-06-30 2025-11-30 2026-04-30 2026-09-30 2027-02-28 2027-07-31"),
    ],
)
def test_without_a_stub_every_period_costs_the_full_price_however_short_its_months(
    start: str, frequency: BillingFrequency, months: int | None, days: str
) -> None:
    order = sold(recurring(29_95, frequency, custom_months=months), start=start)

    assert amounts(order, until=days.rsplit(maxsplit=1)[-1]) == {day: [29_95] for day in days.split()}


# ---- several frequencies on one order


EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))
SETUP = make_attribute(make_pricing(ONE_TIME, make_price(1000_00)))
SETUP_AFTERWARDS = make_attribute(make_pricing(ONE_TIME, make_price(700_00), timing=ARREARS), id="ola_afterwards")
JUNE = date(2025, 6, 1)


def used(*quantities: int, since: Sequence[date]) -> Usage:
    return {EMAILS.id: dict(zip(since, quantities, strict=True))}


def test_an_annual_price_and_monthly_usage_meet_once_a_year() -> None:
    order = sold(recurring(1200_00, ANNUAL), EMAILS, SETUP, start="2025-06-01")

    charged = amounts(order, until="2026-07-01", usage=used(7, 5, since=[JUNE, date(2026, 5, 1)]))

    assert {day: lines for day, lines in charged.items() if lines} == {
        "2025-06-01": [1200_00, 1000_00],
        "2025-07-01": [7 * 10],
        "2026-06-01": [1200_00, 5 * 10],
    }
    assert len(charged) == 1 + 13


def test_a_quarter_in_arrears_and_a_month_in_advance_have_each_their_own_days() -> None:
    order = sold(
        recurring(300_00, QUARTERLY, timing=ARREARS),
        recurring(100_00),
        SETUP_AFTERWARDS,
        start="2025-06-16",
        anchor=1,
    )

    assert amounts(order, until="2025-12-01") == {
        "2025-06-16": [50_00],  # 15/30
        "2025-07-01": [49_45, 100_00, 700_00],  # 15/91 of 1 April to 1 July
        "2025-08-01": [100_00],
        "2025-09-01": [100_00],
        "2025-10-01": [300_00, 100_00],
        "2025-11-01": [100_00],
        "2025-12-01": [100_00],
    }


@pytest.mark.parametrize(
    ("frequency", "timing", "day"),
    [
        (MONTHLY, ADVANCE, "2025-06-01"),
        (MONTHLY, ARREARS, "2025-07-01"),
        (QUARTERLY, ARREARS, "2025-09-01"),
        (ANNUAL, ARREARS, "2026-06-01"),
    ],
)
def test_what_is_charged_once_in_arrears_waits_for_the_end_of_the_first_period(
    frequency: BillingFrequency, timing: BillingTiming, day: str
) -> None:
    fee = make_attribute(make_pricing(ONE_TIME, make_price(700_00), timing=timing, frequency=frequency))

    assert amounts(sold(fee, start="2025-06-01"), until="2030-01-01") == {day: [700_00]}


def test_what_is_charged_once_in_arrears_is_charged_at_an_end_that_comes_before() -> None:
    order = sold(SETUP_AFTERWARDS, start="2025-06-01", end="2025-06-11")

    assert amounts(order, until="2030-01-01") == {"2025-06-11": [700_00]}


@pytest.mark.parametrize(
    ("override", "days"),
    [
        (FrequencyOverride(frequency=QUARTERLY), "2025-06-01 2025-09-01 2025-12-01"),
        (FrequencyOverride(frequency=CUSTOM, custom_months=2), "2025-06-01 2025-08-01 2025-10-01 2025-12-01"),
        (FrequencyOverride(frequency=ANNUAL), "2025-06-01"),
    ],
)
def test_the_frequency_of_an_order_takes_the_place_of_its_components(override: FrequencyOverride, days: str) -> None:
    order = make_order(
        recurring(100_00),
        recurring(1200_00, ANNUAL),
        EMAILS,
        start=date(2025, 6, 1),
        billing_frequency_override=override,
    )

    charged = amounts(order, until="2025-12-31")

    assert charged == {day: [100_00, 1200_00] for day in days.split()}


def test_the_usage_of_an_overridden_order_is_charged_when_its_longer_period_ends() -> None:
    order = make_order(
        EMAILS, start=date(2025, 6, 1), billing_frequency_override=FrequencyOverride(frequency=QUARTERLY)
    )

    assert amounts(order, until="2025-12-01", usage=used(7, since=[JUNE])) == {"2025-09-01": [7 * 10], "2025-12-01": []}
