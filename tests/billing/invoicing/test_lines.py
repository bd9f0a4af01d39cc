from datetime import date, timedelta

import pytest

from functions.billing.invoicing.dues import Due, due_on, due_through, next_due_day
from functions.billing.invoicing.lines import charge_line
from functions.billing.invoicing.terms import fixed_amount_due, fixed_amount_per_period
from functions.billing.models.invoice import InvoiceLine
from functions.billing.models.order import Order
from functions.billing.models.pricing import BillingTiming, ChargeType
from functions.billing.models.usage import Usage
from functions.billing.periods import Period, midnight
from tests.billing.cases import case
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
    period,
)

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
DAY = timedelta(days=1)

SETUP_FEE = make_attribute(make_pricing(ONE_TIME, make_price(1000_00)))
PLATFORM_FEE = make_attribute(make_pricing(RECURRING, make_price(500_00)))
TEN_SEATS = make_attribute(make_pricing(SEATS, make_price(30_00)), quantity=10)
EMAILS = make_attribute(make_pricing(USAGE, make_price(10), event_name="email_sent"))


def emails_used(quantity: int, *, since: date = JUNE) -> Usage:
    return {EMAILS.id: {since: quantity}}


def only_line(order: Order, day: date, usage: Usage | None = None) -> InvoiceLine | None:
    """The line of the only thing that is due that day."""
    [due] = due_on(order, day)
    return charge_line(order, due, usage or {})


def amount_on(order: Order, day: date, usage: Usage | None = None) -> int:
    line = only_line(order, day, usage)
    assert line is not None
    return line.amount_minor


# ---- what falls due, and when


@pytest.mark.parametrize(
    ("charge_type", "timing", "expected"),
    [
        (ONE_TIME, ADVANCE, {"2025-06-10": period("2025-06-10", "2025-07-01")}),
        (ONE_TIME, ARREARS, {"2025-07-01": period("2025-06-10", "2025-07-01")}),
        (
            RECURRING,
            ADVANCE,
            {
                "2025-06-10": period("2025-06-10", "2025-07-01"),
                "2025-07-01": period("2025-07-01", "2025-08-01"),
                "2025-08-01": period("2025-08-01", "2025-08-20"),
            },
        ),
        (
            USAGE,
            ARREARS,
            {
                "2025-07-01": period("2025-06-10", "2025-07-01"),
                "2025-08-01": period("2025-07-01", "2025-08-01"),
                "2025-08-20": period("2025-08-01", "2025-08-20"),
            },
        ),
    ],
)
def test_a_period_is_charged_as_it_begins_or_when_it_has_ended(
    charge_type: ChargeType, timing: BillingTiming, expected: dict[str, Period]
) -> None:
    attribute = make_attribute(make_pricing(charge_type, timing=timing))
    order = make_order(attribute, start=date(2025, 6, 10), end=date(2025, 8, 20), billing_anchor=1)

    charged = {due.due_on.isoformat(): due.period for due in due_through(order, date(2025, 12, 31))}

    assert charged == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (None, JUNE),
        (JUNE - DAY, JUNE),
        (JUNE, JULY),
        (JUNE + DAY, JULY),
        (JULY, AUGUST),
        (AUGUST - DAY, AUGUST),
        (AUGUST, None),
        (AUGUST + DAY, None),
    ],
)
def test_the_next_due_day_is_later_than_the_day_before_it(after: date | None, expected: date | None) -> None:
    """June and July in advance; the usage of July is the last thing, on the day of the end."""
    order = make_order(PLATFORM_FEE, EMAILS, start=JUNE, end=AUGUST)

    assert next_due_day(order, after) == expected


def test_an_order_without_components_has_nothing_due() -> None:
    assert next_due_day(make_order()) is None


def test_advance_and_arrears_of_one_day_come_together_in_the_order_of_the_lines() -> None:
    order = make_order(SETUP_FEE, EMAILS, PLATFORM_FEE)
    line = order.lines[0]

    assert due_on(order, JUNE) == [
        Due(JUNE, line, SETUP_FEE, Period(JUNE, JULY)),
        Due(JUNE, line, PLATFORM_FEE, Period(JUNE, JULY)),
    ]
    assert due_on(order, JULY) == [
        Due(JULY, line, EMAILS, Period(JUNE, JULY)),
        Due(JULY, line, PLATFORM_FEE, Period(JULY, AUGUST)),
    ]


@pytest.mark.parametrize("day", [JUNE - DAY, JUNE + DAY, JULY - DAY])
def test_between_due_days_nothing_is_due(day: date) -> None:
    assert due_on(make_order(PLATFORM_FEE, EMAILS, start=JUNE), day) == []


def test_what_is_due_through_a_day_includes_that_day() -> None:
    order = make_order(PLATFORM_FEE, start=JUNE)

    assert [due.due_on for due in due_through(order, JULY - DAY)] == [JUNE]
    assert [due.due_on for due in due_through(order, JULY)] == [JUNE, JULY]
    assert due_through(order, JUNE - DAY) == []


def test_a_line_with_dates_of_its_own_is_due_within_them() -> None:
    trial = make_line(SETUP_FEE, PLATFORM_FEE, start_date=midnight(JULY + 14 * DAY), end_date=midnight(AUGUST + DAY))
    order = make_order(lines=(trial,), start=JUNE)

    due = due_through(order, date(2025, 12, 31))

    assert [(each.attribute.id, each.period) for each in due] == [
        (SETUP_FEE.id, Period(JULY + 14 * DAY, AUGUST)),
        (PLATFORM_FEE.id, Period(JULY + 14 * DAY, AUGUST)),
        (PLATFORM_FEE.id, Period(AUGUST, AUGUST + DAY)),
    ]


# ---- what it costs


@pytest.mark.parametrize(
    ("start", "end", "anchor", "price_minor", "amounts_minor"),
    [
        case("whole-months", "2025-06-01", None, 1, 500_00, [500_00, 500_00]),
        case("leading-stub", "2025-06-21", None, 1, 500_00, [166_67, 500_00]),  # 10/30
        case("trailing-part", "2025-06-01", "2025-07-11", 1, 500_00, [500_00, 161_29]),  # 10/31
        case("within-a-month", "2025-06-11", "2025-06-21", 1, 500_00, [166_67]),  # 10/30
        case("one-day", "2025-06-30", "2025-07-01", 1, 500_00, [16_67]),  # 1/30
        case("PRO-01", "2011-02-01", None, 13, 31_00, [12_00, 31_00]),
        case("PRO-03", "2011-01-01", "2011-02-27", 15, 868_00, [392_00, 868_00, 372_00]),  # 14/31, 1, 12/28
        case("PRO-11", "2023-01-08", None, 1, 50_00, [38_71, 50_00]),  # 24/31
        case("CN-01", "2025-02-08", None, 1, 100_00, [75_00, 100_00]),  # 21/28
        case("CAL-13", "2012-03-31", None, 31, 29_95, [29_95, 29_95, 29_95]),
    ],
)
def test_a_part_of_a_period_is_charged_by_its_days(
    start: str, end: str | None, anchor: int, price_minor: int, amounts_minor: list[int]
) -> None:
    order = make_order(
        make_attribute(make_pricing(RECURRING, make_price(price_minor))),
        start=date.fromisoformat(start),
        end=None if end is None else date.fromisoformat(end),
        billing_anchor=anchor,
    )

    charged = due_through(order, order.end_day or date.fromisoformat(start) + 100 * DAY)[: len(amounts_minor)]

    lines = [charge_line(order, due, {}) for due in charged]
    assert [line and line.amount_minor for line in lines] == amounts_minor


def test_seats_of_a_part_are_rounded_once_and_not_each() -> None:
    three_seats = make_attribute(make_pricing(SEATS, make_price(9_99)), quantity=3)
    order = make_order(three_seats, start=date(2025, 7, 22), billing_anchor=1)

    amount = amount_on(order, date(2025, 7, 22))

    assert amount == 9_67  # 3 * 9.99 * 10/31 = 9.6677; each seat alone would be 3.22, three of them 9.66


def test_a_one_time_charge_is_never_prorated() -> None:
    """PRO-27: two at 500 in the last 8 of 30 days."""
    setup = make_attribute(make_pricing(ONE_TIME, make_price(500_00)), quantity=2)
    order = make_order(setup, start=date(2025, 6, 23), billing_anchor=1)

    assert amount_on(order, date(2025, 6, 23)) == 2 * 500_00


def test_usage_of_a_part_of_a_period_is_never_prorated_nor_is_its_least() -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10, min_quantity=1000)))
    order = make_order(emails, start=date(2025, 6, 21), billing_anchor=1)

    assert amount_on(order, JULY, emails_used(1240, since=date(2025, 6, 21))) == 1240 * 10
    assert amount_on(order, JULY, emails_used(3, since=date(2025, 6, 21))) == 1000 * 10


def test_usage_is_charged_in_its_own_period_only() -> None:
    order = make_order(EMAILS, start=JUNE)
    usage: Usage = {EMAILS.id: {JUNE: 1240, JULY: 7}, "ola_other": {JUNE: 99}}

    assert amount_on(order, JULY, usage) == 1240 * 10
    assert amount_on(order, AUGUST, usage) == 7 * 10


@pytest.mark.parametrize(
    ("used", "amount_minor"),
    [(0, None), (999, None), (1000, None), (1001, 10), (1240, 240 * 10)],
)
def test_there_is_no_line_where_all_usage_is_included(used: int, amount_minor: int | None) -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10, included_quantity=1000)))

    line = only_line(make_order(emails, start=JUNE), JULY, emails_used(used))

    assert (line and line.amount_minor) == amount_minor


def test_without_usage_the_least_is_still_due() -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10, min_quantity=100)))

    assert amount_on(make_order(emails, start=JUNE), JULY) == 100 * 10


def test_what_is_sold_for_nothing_has_a_line_and_none_of_it_has_not() -> None:
    free = make_pricing(RECURRING, make_price(0))

    assert amount_on(make_order(make_attribute(free)), JUNE) == 0
    assert only_line(make_order(make_attribute(free, quantity=0)), JUNE) is None


def test_a_line_says_everything_that_its_amount_comes_from() -> None:
    seats = make_attribute(
        make_pricing(SEATS, make_price(30_00, included_quantity=2)),
        name="Seats",
        quantity=10,
        product_attribute_id="pa_1_3",
        pricing_version=4,
    )
    order = make_order(seats, start=date(2025, 6, 16), billing_anchor=1)

    line = only_line(order, date(2025, 6, 16))

    assert line is not None
    assert (line.description, line.charge_type) == ("AI SDR: Seats", SEATS)
    assert (line.order_line_id, line.order_line_attribute_id) == (order.lines[0].id, seats.id)
    assert (line.product_attribute_id, line.pricing_version) == ("pa_1_3", 4)
    assert (line.period_start, line.period_end) == (date(2025, 6, 16), JULY)
    assert (line.quantity, line.billed_quantity, line.unit_price_minor) == (10, 10 - 2, 30_00)
    assert (line.share_days, line.full_days) == (15, 30)
    assert line.amount_minor == (10 - 2) * 30_00 * 15 // 30


def test_only_a_prorated_line_has_a_share() -> None:
    order = make_order(EMAILS, start=date(2025, 6, 16), billing_anchor=1)

    line = only_line(order, JULY, emails_used(1, since=date(2025, 6, 16)))

    assert line is not None
    assert (line.share_days, line.full_days) == (1, 1)


def test_a_line_has_the_same_id_however_often_it_is_made_and_another_in_another_period() -> None:
    order = make_order(PLATFORM_FEE, start=JUNE)
    june, june_again, july = only_line(order, JUNE), only_line(order, JUNE), only_line(order, JULY)

    assert june is not None
    assert july is not None
    assert june == june_again
    assert june.id != july.id


# ---- what is known before


def test_the_fixed_amount_of_a_day_leaves_out_usage() -> None:
    emails = make_attribute(make_pricing(USAGE, make_price(10, min_quantity=100)))
    order = make_order(SETUP_FEE, PLATFORM_FEE, TEN_SEATS, emails)

    assert fixed_amount_due(order, JUNE) == 1000_00 + 500_00 + 10 * 30_00
    assert fixed_amount_due(order, JULY) == 500_00 + 10 * 30_00


def test_the_fixed_amount_of_a_stub_is_prorated_and_that_of_a_full_period_is_not() -> None:
    order = make_order(SETUP_FEE, PLATFORM_FEE, EMAILS, start=date(2025, 6, 16), billing_anchor=1)

    assert fixed_amount_due(order, date(2025, 6, 16)) == 1000_00 + 250_00
    assert fixed_amount_per_period(order) == 1000_00 + 500_00


def test_what_has_no_price_in_a_drafts_currency_has_no_amount_yet() -> None:
    draft = make_order(PLATFORM_FEE, make_attribute(make_pricing(SEATS, make_price(450_00, currency="EUR"))))

    assert fixed_amount_due(draft, JUNE) == fixed_amount_per_period(draft) == 500_00
