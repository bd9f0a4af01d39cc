from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order, OrderStatus, is_seat
from functions.billing.periods import Calendar, midnight
from tests.billing.cases import case
from tests.builders import (
    ONE_TIME,
    RECURRING,
    SEATS,
    START,
    USAGE,
    activated,
    make_attribute,
    make_line,
    make_order,
    make_pricing,
)

END = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (END - timedelta(microseconds=1), OrderStatus.ACTIVE),
        (END, OrderStatus.ENDED),
        (END + timedelta(microseconds=1), OrderStatus.ENDED),
    ],
)
def test_an_active_order_has_ended_at_its_end(now: datetime, status: OrderStatus) -> None:
    assert activated(make_order(end=END), on=START).status(now) is status


def test_a_draft_stays_a_draft_when_its_end_has_passed() -> None:
    draft = make_order(end=END, creation_state=CreationState.DRAFT)

    assert draft.status(END + timedelta(days=1)) is OrderStatus.DRAFT


def test_an_order_without_an_end_never_ends() -> None:
    assert activated(make_order(), on=START).status(datetime.max.replace(tzinfo=UTC)) is OrderStatus.ACTIVE
    assert make_order().end_day is None


def test_the_anchor_is_the_day_of_the_start_unless_another_is_given() -> None:
    assert make_order(start=date(2025, 6, 17)).anchor_day == 17
    assert make_order(start=date(2025, 6, 17), billing_anchor=31).anchor_day == 31


@pytest.mark.parametrize("anchor", [0, 32])
def test_an_anchor_is_a_day_of_a_month(anchor: int) -> None:
    with pytest.raises(ValueError, match="billing_anchor"):
        make_order(billing_anchor=anchor)


PACIFIC = timezone(timedelta(hours=-8))


@pytest.mark.parametrize(
    ("start", "first_day"),
    [
        case("TZ-07", datetime(2017, 3, 1, 23, 30, tzinfo=PACIFIC), date(2017, 3, 2)),
        case("last-instant", datetime(2017, 3, 1, tzinfo=UTC) - timedelta(microseconds=1), date(2017, 2, 28)),
        case("midnight", datetime(2017, 3, 1, tzinfo=UTC), date(2017, 3, 1)),
    ],
)
def test_an_order_starts_with_the_whole_day_of_utc_that_its_start_falls_on(start: datetime, first_day: date) -> None:
    """TZ-07 names 1 March, the day in Los Angeles; every calendar of ours is in UTC."""
    order = make_order(start=start)

    assert only_calendar(order).start == first_day
    assert order.anchor_day == first_day.day


def only_calendar(order: Order) -> Calendar:
    [line] = order.lines
    return order.calendar(line, make_attribute())


JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)


@pytest.mark.parametrize(
    ("order_end", "line_start", "line_end", "expected"),
    [
        (None, None, None, (JUNE, None)),
        (AUGUST, None, None, (JUNE, AUGUST)),
        (AUGUST, JULY, None, (JULY, AUGUST)),
        (AUGUST, None, JULY, (JUNE, JULY)),
        (None, None, JULY, (JUNE, JULY)),
        (JULY, None, AUGUST, (JUNE, JULY)),
    ],
)
def test_a_line_runs_by_its_own_dates_within_those_of_its_order(
    order_end: date | None, line_start: date | None, line_end: date | None, expected: tuple[date, date | None]
) -> None:
    line = make_line(
        start_date=line_start and midnight(line_start),
        end_date=line_end and midnight(line_end),
    )

    calendar = only_calendar(make_order(start=JUNE, end=order_end, lines=(line,)))

    assert (calendar.start, calendar.end) == expected


def test_a_line_that_starts_later_keeps_the_anchor_of_its_order() -> None:
    line = make_line(start_date=midnight(date(2025, 6, 20)))

    calendar = only_calendar(make_order(start=date(2025, 6, 15), lines=(line,)))

    assert [period.start for _, period in zip(range(2), calendar.periods(), strict=False)] == [
        date(2025, 6, 20),
        date(2025, 7, 15),
    ]


def test_components_come_in_the_order_of_the_lines() -> None:
    first, second = make_line(make_attribute(id="a"), make_attribute(id="b")), make_line(make_attribute(id="c"))
    order = make_order(lines=(first, second))

    assert [(line, attribute.id) for line, attribute in order.attributes()] == [
        (first, "a"),
        (first, "b"),
        (second, "c"),
    ]


def test_only_seat_based_components_are_seats() -> None:
    kinds = (ONE_TIME, RECURRING, SEATS, USAGE)

    assert [kind for kind in kinds if is_seat(make_attribute(make_pricing(kind)))] == [SEATS]
