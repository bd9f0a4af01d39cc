"""Which days of an order get which lines where it begins, changes or ends within a period."""

from datetime import UTC, date, datetime, timedelta

import pytest

from functions.billing.invoicing.dues import due_on, due_through, next_due_day
from functions.billing.invoicing.lines import charged_on
from functions.billing.models.pricing import BillingFrequency, BillingTiming, ChargeType
from functions.billing.periods import midnight
from tests.billing.cases import case
from tests.billing.invoicing.amounts import ANNUAL, CUSTOM, HALF_YEARLY, MONTHLY, QUARTERLY, amounts, recurring, sold
from tests.builders import (
    ADVANCE,
    ARREARS,
    ONE_TIME,
    RECURRING,
    SEATS,
    USAGE,
    make_attribute,
    make_line,
    make_order,
    make_price,
    make_pricing,
)

DAY = timedelta(days=1)
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10)))


# ---- stubs


@pytest.mark.parametrize(
    ("life", "anchor", "frequency", "price_minor", "in_advance", "in_arrears"),
    [
        case(
            "PRO-01",
            "2011-02-01",
            13,
            MONTHLY,
            31_00,
            {"2011-02-01": [12_00], "2011-02-13": [31_00], "2011-03-13": [31_00]},
            {"2011-02-13": [12_00], "2011-03-13": [31_00]},
        ),
        case(
            "PRO-03",
            "2011-01-01 2011-02-27",
            15,
            MONTHLY,
            868_00,
            {"2011-01-01": [392_00], "2011-01-15": [868_00], "2011-02-15": [372_00]},  # 14/31, 1, 12/28
            {"2011-01-15": [392_00], "2011-02-15": [868_00], "2011-02-27": [372_00]},
        ),
        case(
            "PRO-05",
            "2011-02-01",
            13,
            QUARTERLY,
            92_00,
            {"2011-02-01": [12_00], "2011-02-13": [92_00]},
            {"2011-02-13": [12_00]},
        ),
        case(
            "PRO-17",  # ours: 12/92 of 1 March to 1 June and 20/92 of 1 June to 1 September, not 32/91 of April to June
            "2024-05-20 2024-06-21",
            1,
            QUARTERLY,
            910_00,
            {"2024-05-20": [118_70], "2024-06-01": [197_83]},
            {"2024-06-01": [118_70], "2024-06-21": [197_83]},
        ),
        case(
            "half-yearly-within-a-stub",
            "2025-06-10 2025-06-12",
            15,
            HALF_YEARLY,
            182_00,
            {"2025-06-10": [2_00]},  # of 15 December to 15 June
            {"2025-06-12": [2_00]},
        ),
        case(
            "annual-over-a-leap-day",
            "2024-01-31 2025-02-02",
            1,
            ANNUAL,
            366_00,
            {"2024-01-31": [1_00], "2024-02-01": [366_00], "2025-02-01": [1_00]},  # 1/365 of 2023, 1/365 of 2025
            {"2024-02-01": [1_00], "2025-02-01": [366_00], "2025-02-02": [1_00]},
        ),
        case(
            "two-years",
            "2025-05-31 2025-06-02",
            1,
            CUSTOM,
            731_00,
            {"2025-05-31": [1_00], "2025-06-01": [1_00]},  # 1/731 with 29 February 2024 in it, 1/730
            {"2025-06-01": [1_00], "2025-06-02": [1_00]},
        ),
    ],
)
def test_a_stub_is_charged_when_it_begins_or_when_it_has_ended_by_its_days(
    life: str,
    anchor: int,
    frequency: BillingFrequency,
    price_minor: int,
    in_advance: dict[str, list[int]],
    in_arrears: dict[str, list[int]],
) -> None:
    """`life` is the start and, if there is one, the end."""
    start, end, *_ = [*life.split(), None]
    assert start is not None
    months = 24 if frequency is CUSTOM else None
    last = max([*in_advance, *in_arrears])

    for timing, expected in ((ADVANCE, in_advance), (ARREARS, in_arrears)):
        fee = recurring(price_minor, frequency, timing=timing, custom_months=months)
        assert amounts(sold(fee, start=start, end=end, anchor=anchor), until=last) == expected


@pytest.mark.parametrize(
    ("start", "amounts_minor"),
    [
        case("PRO-13", datetime(2023, 2, 8, 2, 0, tzinfo=UTC), [37_50, 50_00]),  # 7 February in Los Angeles: 22/28
        case("PRO-11", datetime(2023, 1, 8, tzinfo=UTC), [38_71, 50_00]),  # 24/31
        case("CN-01", datetime(2025, 2, 8, tzinfo=UTC), [37_50, 50_00]),  # 21/28
    ],
)
def test_the_day_of_the_start_is_charged_whole_and_is_that_of_utc(start: datetime, amounts_minor: list[int]) -> None:
    order = make_order(recurring(50_00), start=start, billing_anchor=1)

    first_two = due_through(order, order.start_date.date() + 40 * DAY)[:2]

    assert [charged_on(order, due.due_on, {})[0].amount_minor for due in first_two] == amounts_minor


@pytest.mark.parametrize(
    ("end", "last_amount_minor"),
    [
        (datetime(2025, 7, 10, tzinfo=UTC), 9_00),  # nine days of thirty-one
        (datetime(2025, 7, 10, 0, 0, 1, tzinfo=UTC), 10_00),
        (datetime(2025, 7, 10, 23, 59, tzinfo=UTC), 10_00),
        (datetime(2025, 7, 11, tzinfo=UTC), 10_00),
    ],
)
def test_the_day_within_which_an_order_ends_is_charged_whole(end: datetime, last_amount_minor: int) -> None:
    order = make_order(recurring(31_00), start=date(2025, 6, 1), end=end)

    assert amounts(order, until="2025-12-31") == {"2025-06-01": [31_00], "2025-07-01": [last_amount_minor]}


@pytest.mark.parametrize(
    ("charge_type", "timing", "quantity", "expected"),
    [
        case("PRO-27", ONE_TIME, ADVANCE, 2, {"2025-06-23": [2 * 500_00]}),
        case("PRO-27-arrears", ONE_TIME, ARREARS, 2, {"2025-07-01": [2 * 500_00]}),
        case("no-seat", SEATS, ADVANCE, 0, {"2025-06-23": [], "2025-07-01": []}),
        case("seats", SEATS, ADVANCE, 3, {"2025-06-23": [400_00], "2025-07-01": [1500_00]}),  # 8/30
        case("seats-arrears", SEATS, ARREARS, 3, {"2025-07-01": [400_00]}),
    ],
)
def test_in_a_stub_seats_are_charged_by_its_days_and_what_is_charged_once_is_not(
    charge_type: ChargeType, timing: BillingTiming, quantity: int, expected: dict[str, list[int]]
) -> None:
    attribute = make_attribute(make_pricing(charge_type, make_price(500_00), timing=timing), quantity=quantity)

    assert amounts(sold(attribute, start="2025-06-23", anchor=1), until="2025-07-31") == expected


@pytest.mark.parametrize(
    ("quantity", "total_minor"), [case("SEAT-03", 7, 209_65), case("SEAT-03", 10, 299_50), case("none", 0, 0)]
)
def test_seats_are_charged_by_their_number(quantity: int, total_minor: int) -> None:
    seats = make_attribute(make_pricing(SEATS, make_price(29_95)), quantity=quantity)

    charged = charged_on(sold(seats, start="2025-06-01"), date(2025, 6, 1), {})

    assert sum(line.amount_minor for line in charged) == total_minor


# ---- lines with dates of their own


@pytest.mark.parametrize(
    ("line_start", "line_end", "expected"),
    [
        (None, None, {"2025-06-01": [300_00], "2025-07-01": [310_00], "2025-08-01": [100_00]}),
        ("2025-06-16", None, {"2025-06-16": [150_00], "2025-07-01": [310_00], "2025-08-01": [100_00]}),
        ("2025-07-01", None, {"2025-07-01": [310_00], "2025-08-01": [100_00]}),
        (None, "2025-08-01", {"2025-06-01": [300_00], "2025-07-01": [310_00]}),
        (None, "2025-07-11", {"2025-06-01": [300_00], "2025-07-01": [100_00]}),
        ("2025-06-16", "2025-06-21", {"2025-06-16": [50_00]}),
        ("2025-06-30", "2025-07-02", {"2025-06-30": [10_00], "2025-07-01": [10_00]}),
        (None, "2025-12-31", {"2025-06-01": [300_00], "2025-07-01": [310_00], "2025-08-01": [100_00]}),
        ("2025-08-11", None, {}),
    ],
)
def test_a_line_is_charged_within_its_own_dates_and_no_longer_than_its_order(
    line_start: str | None, line_end: str | None, expected: dict[str, list[int]]
) -> None:
    """At ten a day: 300 in June, 310 in July and August, of which the order has ten days."""
    line = make_line(
        recurring(300_00),
        start_date=line_start and midnight(date.fromisoformat(line_start)),
        end_date=line_end and midnight(date.fromisoformat(line_end)),
    )
    order = make_order(lines=(line,), start=JUNE, end=date(2025, 8, 11))

    charged = {
        due.due_on.isoformat(): [line.share_days * 10_00 for line in charged_on(order, due.due_on, {})]
        for due in due_through(order, date(2026, 1, 1))
    }

    assert charged == expected


def test_lines_of_one_order_share_its_anchor() -> None:
    """A line that begins later is charged for a stub first, and from then on together with the others."""
    added = make_line(
        make_attribute(make_pricing(RECURRING, make_price(310_00)), id="ola_added"),
        start_date=midnight(date(2025, 7, 22)),
    )
    order = make_order(lines=(make_line(recurring(100_00)), added), start=date(2025, 6, 15))

    assert amounts(order, until="2025-08-31") == {
        "2025-06-15": [100_00],
        "2025-07-15": [100_00],
        "2025-07-22": [240_00],  # 24 of 31 days
        "2025-08-15": [100_00, 310_00],
    }


# ---- the end


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (JULY - DAY, {"2025-06-01": [290_00], "2025-06-30": [290_00, 30]}),
        (JULY, {"2025-06-01": [300_00], "2025-07-01": [300_00, 30]}),
        (JULY + DAY, {"2025-06-01": [300_00], "2025-07-01": [9_68, 300_00, 30], "2025-07-02": [9_68]}),
        (JUNE + DAY, {"2025-06-01": [10_00], "2025-06-02": [10_00, 30]}),
    ],
)
def test_an_order_that_ends_is_charged_its_last_arrears_and_no_further_advance(
    end: date, expected: dict[str, list[int]]
) -> None:
    afterwards = recurring(300_00, timing=ARREARS)
    order = make_order(recurring(300_00), afterwards, EMAILS, start=JUNE, end=end)

    charged = amounts(order, until="2026-12-31", usage={EMAILS.id: {JUNE: 3}})

    assert charged == expected
    assert next_due_day(order, end) is None
    assert due_on(order, end + DAY) == []
