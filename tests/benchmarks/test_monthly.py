"""The costs of a month, as the handbook for operators tells them."""

from pathlib import Path

import pytest

from benchmarks import monthly

HANDBOOK = Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md"

SMALL, MEDIUM, LARGE = monthly.COMPANIES


def dollars(part: str) -> tuple[float, ...]:
    """Of the part whose name begins so."""
    return next(each.dollars for each in monthly.parts() if each.what.startswith(part))


def test_the_handbook_has_the_tables_of_today() -> None:
    text = HANDBOOK.read_text(encoding="utf-8")

    assert monthly.cost_table() in text, "python -m benchmarks.monthly prints them"
    assert monthly.standing_table() in text, "python -m benchmarks.monthly prints them"


def test_signals_cost_what_their_budget_allows() -> None:
    # 0.1 million at 0.45 in tens, 30 at 0.16 in hundreds, 3,000 at 0.09 in thousands
    assert dollars("signals") == pytest.approx((0.045, 4.80, 270.0))


def test_a_year_of_signals_is_kept_and_can_be_recovered() -> None:
    # 3 billion of 90 bytes for 12 months, 50,000 invoices of 1,200 for 12, 50,000 customers of 6,000; at 0.25 + 0.20
    gigabytes = 3e9 * 90 * 12 / 1e9 + 50_000 * 1_200 * 12 / 1e9 + 50_000 * 6_000 / 1e9

    assert dollars("tables")[2] == pytest.approx(gigabytes * 0.45)


def test_quiet_queues_are_asked_five_times_in_twenty_seconds() -> None:
    # six queues, 730 hours, at 0.40 a million
    assert dollars("asking")[0] == pytest.approx(6 * 5 / 20 * 730 * 3600 * 0.40 / 1e6)


def test_the_parts_are_the_whole() -> None:
    for place, company in enumerate(monthly.COMPANIES):
        assert sum(part.dollars[place] for part in monthly.parts()) == pytest.approx(monthly.total(company))


def test_ten_times_the_signals_are_not_ten_times_the_bill() -> None:
    assert monthly.total(LARGE) / monthly.total(MEDIUM) < LARGE.signals / MEDIUM.signals
    assert monthly.idle() < monthly.total(SMALL) < monthly.always_on()
