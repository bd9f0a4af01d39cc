from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import islice

import pytest

from functions.billing.money import round_to_minor
from functions.billing.periods import Calendar, Period, day_of, end_day_of, midnight, prorated
from tests.billing.cases import case
from tests.builders import period

MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY = 1, 3, 6, 12


def calendar(start: str, anchor_day: int, months: int = MONTHLY, end: str | None = None) -> Calendar:
    return Calendar(date.fromisoformat(start), anchor_day, months, end=None if end is None else date.fromisoformat(end))


def first(count: int, of: Calendar) -> list[Period]:
    return list(islice(of.periods(), count))


# ---- where periods begin and end


@pytest.mark.parametrize(
    ("start", "bill_dates"),
    [
        case(
            "CAL-01",
            "2022-12-31",
            "2023-01-31 2023-02-28 2023-03-31 2023-04-30 2023-05-31 2023-06-30 2023-07-31 2023-08-31 2023-09-30 "
            "2023-10-31 2023-11-30 2023-12-31 2024-01-31 2024-02-29 2024-03-31",
        ),
        case(
            "CAL-03",
            "2022-02-28",
            "2022-03-28 2022-04-28 2022-05-28 2022-06-28 2022-07-28 2022-08-28 2022-09-28 2022-10-28 2022-11-28 "
            "2022-12-28 2023-01-28 2023-02-28 2023-03-28 2023-04-28",
        ),
    ],
)
def test_a_short_month_does_not_move_the_anchor_of_the_next(start: str, bill_dates: str) -> None:
    expected = bill_dates.split()
    monthly = calendar(start, anchor_day=int(start[-2:]))

    ends = [period.end.isoformat() for period in first(len(expected), monthly)]

    assert ends == expected


@pytest.mark.parametrize(
    ("anchor_day", "year", "february"),
    [
        (28, 2023, period("2023-02-28", "2023-03-28")),
        (28, 2024, period("2024-02-28", "2024-03-28")),
        (29, 2023, period("2023-02-28", "2023-03-29")),
        (29, 2024, period("2024-02-29", "2024-03-29")),
        (30, 2023, period("2023-02-28", "2023-03-30")),
        (30, 2024, period("2024-02-29", "2024-03-30")),
        (31, 2100, period("2100-02-28", "2100-03-31")),  # 2100 is no leap year
    ],
)
def test_an_anchor_after_the_end_of_february_is_clamped_to_its_last_day(
    anchor_day: int, year: int, february: Period
) -> None:
    assert Calendar(date(2022, 1, 1), anchor_day, MONTHLY).period_of(date(year, 3, 1)) == february


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        case(
            "CAL-05",
            calendar("2024-01-31", 31),
            [
                period("2024-01-31", "2024-02-29"),
                period("2024-02-29", "2024-03-31"),
                period("2024-03-31", "2024-04-30"),
            ],
        ),
        case(
            "CAL-09",
            calendar("2025-07-10", 31),
            [
                period("2025-07-10", "2025-07-31"),
                period("2025-07-31", "2025-08-31"),
                period("2025-08-31", "2025-09-30"),
            ],
        ),
        case(
            "CAL-13",
            calendar("2012-03-31", 31),
            [
                period("2012-03-31", "2012-04-30"),
                period("2012-04-30", "2012-05-31"),
                period("2012-05-31", "2012-06-30"),
                period("2012-06-30", "2012-07-31"),
            ],
        ),
        case("CAL-11-monthly", calendar("2021-01-10", 1), [period("2021-01-10", "2021-02-01")]),
        case(
            "over-new-year",
            calendar("2025-11-15", 15),
            [
                period("2025-11-15", "2025-12-15"),
                period("2025-12-15", "2026-01-15"),
                period("2026-01-15", "2026-02-15"),
            ],
        ),
    ],
)
def test_periods_follow_each_other_from_the_start(of: Calendar, expected: list[Period]) -> None:
    assert first(len(expected), of) == expected


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        case(
            "CAL-11-quarterly",
            calendar("2021-01-10", 1, QUARTERLY),
            [period("2021-01-10", "2021-02-01"), period("2021-02-01", "2021-05-01")],
        ),
        case(
            "CAL-11-annual",
            calendar("2021-01-10", 1, YEARLY),
            [period("2021-01-10", "2021-02-01"), period("2021-02-01", "2022-02-01")],
        ),
        case(
            "PRO-17",
            calendar("2024-05-20", 1, QUARTERLY, end="2024-06-21"),
            [period("2024-05-20", "2024-06-01"), period("2024-06-01", "2024-06-21")],
        ),
    ],
)
def test_longer_periods_count_from_the_first_anchor_and_not_from_the_year(of: Calendar, expected: list[Period]) -> None:
    """The other policy, quarters of the calendar year, would let the first of CAL-11 run to 1 April."""
    assert first(len(expected), of) == expected


@pytest.mark.parametrize(
    ("start", "anchor_day", "months", "begins"),
    [
        ("2025-06-01", 1, HALF_YEARLY, "2025-06-01 2025-12-01 2026-06-01"),
        ("2025-06-02", 1, HALF_YEARLY, "2025-06-02 2025-07-01 2026-01-01"),
        ("2025-05-31", 31, QUARTERLY, "2025-05-31 2025-08-31 2025-11-30 2026-02-28 2026-05-31"),
        ("2025-08-30", 30, HALF_YEARLY, "2025-08-30 2026-02-28 2026-08-30"),
        ("2023-08-29", 29, HALF_YEARLY, "2023-08-29 2024-02-29 2024-08-29 2025-02-28 2025-08-29"),
        ("2024-02-29", 29, YEARLY, "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("2023-02-28", 31, YEARLY, "2023-02-28 2024-02-29 2025-02-28"),
        ("2023-02-28", 28, YEARLY, "2023-02-28 2024-02-28 2025-02-28"),
        ("2025-06-10", 15, YEARLY, "2025-06-10 2025-06-15 2026-06-15"),
        ("2025-01-31", 31, 5, "2025-01-31 2025-06-30 2025-11-30 2026-04-30 2026-09-30 2027-02-28 2027-07-31"),
        ("2025-06-28", 28, 5, "2025-06-28 2025-11-28 2026-04-28"),
        ("2024-02-29", 29, 24, "2024-02-29 2026-02-28 2028-02-29"),
        ("2025-06-20", 15, 24, "2025-06-20 2025-07-15 2027-07-15"),
        ("2025-12-31", 30, 1, "2025-12-31 2026-01-30 2026-02-28 2026-03-30"),
    ],
)
def test_periods_of_any_length_begin_on_the_anchor_day_of_their_month(
    start: str, anchor_day: int, months: int, begins: str
) -> None:
    expected = begins.split()

    periods = first(len(expected), calendar(start, anchor_day, months))

    assert [period.start.isoformat() for period in periods] == expected


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        case("CAL-07", "2026-04-29", MONTHLY, "2026-04-30"),
        case("CAL-07", "2026-04-30", MONTHLY, "2026-05-31"),
        case("CAL-07", "2026-05-01", MONTHLY, "2026-05-31"),
        case("CAL-07", "2026-04-29", QUARTERLY, "2026-04-30"),
        case("CAL-07", "2026-04-30", QUARTERLY, "2026-07-31"),
    ],
)
def test_the_anchor_day_itself_belongs_to_the_period_it_begins(day: str, months: int, end: str) -> None:
    found = calendar("2026-01-31", 31, months).period_of(date.fromisoformat(day))

    assert found is not None
    assert found.end.isoformat() == end


@pytest.mark.parametrize(
    ("start", "anchor_day", "stub_days", "full_days"),
    [
        ("2025-06-14", 15, 1, 31),  # 15 May to 15 June
        ("2025-06-15", 15, 30, 30),
        ("2025-06-16", 15, 29, 30),
        ("2025-02-27", 31, 1, 28),  # 31 January to 28 February
        ("2025-02-28", 31, 31, 31),
        ("2025-03-01", 31, 30, 31),
    ],
)
def test_only_a_start_on_the_anchor_day_makes_no_stub(
    start: str, anchor_day: int, stub_days: int, full_days: int
) -> None:
    of = calendar(start, anchor_day)

    assert of.share(first(1, of)[0]) == (stub_days, full_days)


# ---- where they stop


@pytest.mark.parametrize(
    ("day", "held"),
    [("2025-05-31", False), ("2025-06-01", True), ("2025-07-09", True), ("2025-07-10", False)],
)
def test_a_charge_runs_from_its_start_up_to_its_end(day: str, *, held: bool) -> None:
    found = calendar("2025-06-01", 1, end="2025-07-10").period_of(date.fromisoformat(day))

    assert (found is not None) is held


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("2025-06-30", period("2025-06-01", "2025-06-30")),
        ("2025-07-01", period("2025-06-01", "2025-07-01")),
        ("2025-07-02", period("2025-07-01", "2025-07-02")),
        ("2025-06-01", None),
        (None, None),
    ],
)
def test_the_last_period_is_the_one_that_the_end_cuts_off(end: str | None, last: Period | None) -> None:
    assert calendar("2025-06-01", 1, end=end).last_period() == last


def test_a_charge_that_ends_as_it_starts_has_no_periods() -> None:
    assert first(1, calendar("2025-06-10", 1, end="2025-06-10")) == []


# ---- shares


@pytest.mark.parametrize(
    ("of", "shares"),
    [
        case("PRO-01", calendar("2011-02-01", 13), [(12, 31), (28, 28)]),
        case("PRO-03", calendar("2011-01-01", 15, end="2011-02-27"), [(14, 31), (31, 31), (12, 28)]),
        case("PRO-05", calendar("2011-02-01", 13, QUARTERLY), [(12, 92), (89, 89)]),
        case("PRO-17", calendar("2024-05-20", 1, QUARTERLY, end="2024-06-21"), [(12, 92), (20, 92)]),
        case("BACK-01", calendar("2023-02-15", 1), [(14, 28), (31, 31)]),
        case("BACK-01", calendar("2023-01-15", 1), [(17, 31), (28, 28)]),
        case("PRO-13", calendar("2023-02-08", 1), [(21, 28), (31, 31)]),
        case("within-one-period", calendar("2025-06-10", 1, end="2025-06-20"), [(10, 30)]),
        case("half-yearly", calendar("2025-06-10", 15, HALF_YEARLY), [(5, 182), (183, 183)]),  # 15 Dec to 15 June
        case("yearly-leap", calendar("2024-02-01", 29, YEARLY), [(28, 366), (365, 365)]),  # 28 Feb 2023 to 29 Feb 2024
        case("five-months", calendar("2025-06-10", 15, 5), [(5, 151), (153, 153)]),  # 15 Jan to 15 June
        case("both-ends", calendar("2025-06-10", 15, QUARTERLY, end="2025-06-20"), [(5, 92), (5, 92)]),
        case("last-day", calendar("2025-06-01", 1, QUARTERLY, end="2025-08-31"), [(91, 92)]),
        case("leap-february", calendar("2024-02-10", 1), [(20, 29), (31, 31)]),
    ],
)
def test_a_share_is_the_days_charged_of_the_days_of_the_full_period(
    of: Calendar, shares: list[tuple[int, int]]
) -> None:
    assert [of.share(period) for period in first(len(shares), of)] == shares


@pytest.mark.parametrize(
    ("price_minor", "days", "full_days", "billed_minor"),
    [
        case("PRO-07", 100_00, 15, 31, 48_39),
        case("PRO-09", 10_00, 1, 31, 32),
        case("PRO-09", 20_00, 30, 31, 19_35),
        case("PRO-09", 10_00, 30, 31, 9_68),
        case("PRO-09", 6_00, 1, 31, 19),
        case("PRO-11", 50_00, 24, 31, 38_71),
        case("PRO-19", 1188_00, 243, 366, 788_75),
        case("PRO-21", 20_00, 17, 31, 10_97),
        case("PRO-21", -10_00, 17, 31, -5_48),
        case("PRO-23", 25_00, 17, 31, 13_71),
        case("PRO-23", -40_00, 17, 31, -21_94),
        case("PRO-29", 100_00, 15, 30, 50_00),
        case("PRO-29", 1000_00, 365 - 73, 365, 800_00),
        case("PRO-29", 1000_00, 366 - 61, 366, 833_33),
        case("SEAT-01", -5 * 10_00, 17, 31, -27_42),
        case("SEAT-01", 10 * 10_00, 17, 31, 54_84),
        case("ANCH-01", 249_95, 14, 30, 116_64),
        case("ANCH-01", 249_95, 14, 31, 112_88),
        case("ANCH-01", 249_95, 26, 31, 209_64),
        case("ANCH-01", 2399_95, 9, 365, 59_18),
        case("REP-01", -249_95, 27, 31, -217_70),
        case("REP-01", 599_95, 27, 31, 522_54),
        case("REP-03", -2399_95, 355, 365, -2334_20),
        case("REP-03", 249_95, 21, 31, 169_32),
        case("REP-05", -599_95, 25, 31, -483_83),
        case("REP-05", 9_95, 25, 31, 8_02),
        case("REP-05", -9_95, 24, 31, -7_70),
        case("REP-05", 29_95, 24, 31, 23_19),
        case("REP-07", -29_95, 24, 30, -23_96),
        case("REP-07", 29_95, 10, 30, 9_98),
        case("CN-01", 100_00, 21, 28, 75_00),
        case("whole", 29_95, 30, 30, 29_95),
    ],
)
def test_a_part_of_a_period_costs_its_days(price_minor: int, days: int, full_days: int, billed_minor: int) -> None:
    assert round_to_minor(prorated(Decimal(price_minor), (days, full_days))) == billed_minor


def test_a_share_is_multiplied_before_it_is_divided() -> None:
    assert prorated(Decimal(300), (10, 30)) == 100  # 10 / 30 first would give 99.99...


# ---- moments and days


INDIA, LOS_ANGELES, BERLIN = (timezone(timedelta(minutes=minutes)) for minutes in (330, -480, 60))
DENVER, HALIFAX, PARIS, KARACHI = (timezone(timedelta(hours=hours)) for hours in (-6, -3, 2, 5))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 6, 1, tzinfo=UTC) - timedelta(microseconds=1), date(2025, 5, 31)),
        (datetime(2025, 6, 1, tzinfo=UTC), date(2025, 6, 1)),
        (datetime(2025, 6, 1, 5, 29, tzinfo=INDIA), date(2025, 5, 31)),
        (datetime(2025, 6, 1, 5, 30, tzinfo=INDIA), date(2025, 6, 1)),
        case("TZ-01", datetime(2023, 2, 28, 18, 0, tzinfo=UTC), date(2023, 2, 28)),
        case("TZ-01", datetime(2023, 2, 28, 19, 0, tzinfo=UTC), date(2023, 2, 28)),  # 1 March in Kolkata
        case("TZ-01", datetime(2023, 3, 1, 0, 0, tzinfo=UTC), date(2023, 3, 1)),
        case("TZ-01", datetime(2023, 3, 1, 18, 0, tzinfo=UTC), date(2023, 3, 1)),
        case("TZ-01", datetime(2023, 3, 1, 19, 0, tzinfo=UTC), date(2023, 3, 1)),  # 2 March in Kolkata
        case("PRO-13", datetime(2023, 2, 7, 18, 0, tzinfo=LOS_ANGELES), date(2023, 2, 8)),
        case("PRO-15-Denver", datetime(2023, 6, 15, 23, 0, tzinfo=DENVER), date(2023, 6, 16)),
        case("PRO-15-Halifax", datetime(2023, 6, 16, 2, 0, tzinfo=HALIFAX), date(2023, 6, 16)),
        case("PRO-15-Paris", datetime(2023, 6, 16, 22, 0, tzinfo=PARIS), date(2023, 6, 16)),
        case("PRO-15-Karachi", datetime(2023, 6, 17, 1, 0, tzinfo=KARACHI), date(2023, 6, 16)),
    ],
)
def test_a_moment_falls_on_its_day_in_utc(moment: datetime, day: date) -> None:
    """The cases of time zones go by the customer's day; here the day is that of UTC, wherever the customer lives."""
    assert day_of(moment) == day


def test_a_day_begins_at_midnight_in_utc() -> None:
    assert midnight(date(2025, 6, 1)) == datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "first_day_after"),
    [
        (datetime(2025, 6, 30, tzinfo=UTC) - timedelta(microseconds=1), date(2025, 6, 30)),
        (datetime(2025, 6, 30, tzinfo=UTC), date(2025, 6, 30)),
        (datetime(2025, 6, 30, tzinfo=UTC) + timedelta(microseconds=1), date(2025, 7, 1)),
        case("TZ-03-UTC", datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), date(2024, 1, 1)),
        case("TZ-03-Berlin", datetime(2023, 12, 31, 23, 59, 59, tzinfo=BERLIN), date(2024, 1, 1)),
        case("TZ-03-Los-Angeles", datetime(2023, 12, 31, 23, 59, 59, tzinfo=LOS_ANGELES), date(2024, 1, 2)),
    ],
)
def test_an_end_at_midnight_ends_the_day_before_and_a_later_one_its_own_day(
    end: datetime, first_day_after: date
) -> None:
    """All in UTC: an end in Los Angeles' last second of the year charges one day of UTC more."""
    assert end_day_of(end) == first_day_after
