from datetime import date
from decimal import Decimal

import pytest

from functions.billing.invoicing.wording import long_date, number_text, period_text


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2025, 6, 1), date(2025, 7, 1), "1 Jun \N{EN DASH} 30 Jun 2025"),
        (date(2025, 6, 15), date(2025, 7, 15), "15 Jun \N{EN DASH} 14 Jul 2025"),
        (date(2025, 12, 15), date(2026, 1, 15), "15 Dec 2025 \N{EN DASH} 14 Jan 2026"),
        (date(2025, 12, 1), date(2026, 1, 1), "1 Dec \N{EN DASH} 31 Dec 2025"),
        (date(2025, 6, 1), date(2025, 6, 3), "1 Jun \N{EN DASH} 2 Jun 2025"),
        (date(2025, 6, 1), date(2025, 6, 2), "1 Jun 2025"),
        (date(2025, 6, 1), date(2025, 6, 1), "1 Jun 2025"),
    ],
)
def test_a_period_on_paper_names_its_last_day(start: date, end: date, text: str) -> None:
    assert period_text(start, end) == text


def test_a_long_date_names_its_month() -> None:
    assert [long_date(date(2025, month, 9)) for month in (1, 5, 12)] == [
        "9 January 2025",
        "9 May 2025",
        "9 December 2025",
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("5.50", "5.5"),
        ("1.33333", "1.33333"),
        ("100", "100"),
        ("1E+2", "100"),
        ("0", "0"),
        ("0.000", "0"),
        ("1234567.5", "1,234,567.5"),
        ("0.1234567890123456789012345678901234567890", "0.123456789012345678901234567890123456789"),
    ],
)
def test_a_number_shows_each_digit_that_says_something(number: str, text: str) -> None:
    assert number_text(Decimal(number)) == text


@pytest.mark.parametrize(
    ("number", "least_digits", "text"),
    [("10", 2, "10.00"), ("10.5", 2, "10.50"), ("10.123456", 2, "10.123456"), ("10", 3, "10.000"), ("10", 0, "10")],
)
def test_an_amount_shows_at_least_the_digits_of_its_currency(number: str, least_digits: int, text: str) -> None:
    assert number_text(Decimal(number), least_digits=least_digits) == text
