"""How the page writes dates and numbers."""

from datetime import date, timedelta
from decimal import Decimal

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # strftime would ask the machine for its language


def long_date(day: date) -> str:
    """`1 June 2025`: the month in letters, because 1/6 is two dates."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """`1 Jun 2025`."""
    return f"{_day_and_month(day)} {day.year}"


def period_text(start: date, end: date) -> str:
    """The half-open period as people write it: from its first day to its last."""
    last = end - timedelta(days=1)
    if last <= start:
        return short_date(start)
    first = _day_and_month(start) if start.year == last.year else short_date(start)
    return f"{first} \N{EN DASH} {short_date(last)}"


def number_text(number: Decimal, *, least_digits: int = 0) -> str:
    """Every digit that says something and no other, but at least so many after the point: `1.33333`, `10.00`."""
    whole, _, fraction = f"{number:,f}".partition(".")
    fraction = fraction.rstrip("0").ljust(least_digits, "0")
    return f"{whole}.{fraction}" if fraction else whole


def signed(number: str) -> str:
    """A number among words: with a minus sign where data has a hyphen, as the page writes amounts."""
    return number.replace("-", "\N{MINUS SIGN}")


def _day_and_month(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"
