from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.order import Order
from functions.billing.models.pricing import PricingModel
from functions.billing.models.segment import Entry
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.rating.usage import rate_forward
from tests.billing.cases import case
from tests.builders import (
    USAGE,
    make_attribute,
    make_entry,
    make_line,
    make_order,
    make_plan,
    make_pricing,
    make_segments,
    moment,
)

EMAILS = make_attribute(make_pricing(USAGE, event_name="email_sent"))
MAY, JUNE, JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)
MICROSECOND = timedelta(microseconds=1)


def rated(plan: RatingPlan, entries: Iterable[Entry]) -> Checkpoint:
    return rate_forward(Checkpoint(), plan, make_segments(list(entries)))


def emails(order: Order, *moments: date) -> dict[date, int]:
    """The order's usage of e-mails sent at these moments."""
    return rated(make_plan(order), map(make_entry, moments)).usage.get("ola_email_sent", {})


# ---- when


@pytest.mark.parametrize(
    ("occurred_at", "period_start"),
    [
        (moment(JULY) - MICROSECOND, JUNE),
        (moment(JULY), JULY),
        (moment(JULY) + MICROSECOND, JULY),
    ],
)
def test_a_signal_belongs_to_the_period_of_its_time(occurred_at: datetime, period_start: date) -> None:
    assert emails(make_order(EMAILS, start=JUNE), occurred_at) == {period_start: 1}


@pytest.mark.parametrize(
    ("occurred_at", "counted"),
    [
        (moment(JUNE) - MICROSECOND, 0),
        (moment(JUNE), 1),
        (moment(JULY) - MICROSECOND, 1),
        (moment(JULY), 0),
    ],
)
def test_a_signal_counts_from_the_first_day_of_an_order_to_its_last(occurred_at: datetime, counted: int) -> None:
    checkpoint = rated(make_plan(make_order(EMAILS, start=JUNE, end=JULY)), [make_entry(occurred_at)])

    assert (checkpoint.counted, checkpoint.unattributed) == (counted, 1 - counted)


def hour(hour_of_day: int, day: date) -> datetime:
    return moment(day) + timedelta(hours=hour_of_day)


@pytest.mark.parametrize(
    ("end", "sent", "counted"),
    [
        case("LATE-05", hour(12, date(2012, 5, 16)), {date(2012, 5, 1): 50, date(2012, 5, 16): 300}, 50 + 300),
        case(
            "LATE-05",
            hour(12, date(2012, 5, 28)),
            {date(2012, 5, 3): 99, date(2012, 5, 5): 100, date(2012, 5, 29): 100},
            99 + 100,
        ),
        case("LATE-05", hour(12, date(2012, 5, 1)), {date(2012, 5, 1): 99}, 99),
    ],
)
def test_usage_on_the_day_of_the_end_counts_and_usage_after_it_does_not(
    end: datetime, sent: dict[date, int], counted: int
) -> None:
    """An order that ends within a day is charged for that day; at midnight it ends with the day before."""
    order = make_order(EMAILS, start=date(2012, 5, 1), end=end)
    moments = [hour(23, day) for day, count in sent.items() for _ in range(count)]

    assert emails(order, *moments) == {date(2012, 5, 1): counted}


NEW_YORK_WINTER, NEW_YORK_SUMMER = timezone(timedelta(hours=-5)), timezone(timedelta(hours=-4))


TZ_05 = [
    datetime(2023, 3, 1, 4, 0, tzinfo=NEW_YORK_WINTER),
    datetime(2023, 3, 15, 0, 0, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 3, 31, 23, 59, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 4, 1, 0, 0, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 4, 1, 0, 1, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 4, 15, 0, 0, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 4, 30, 23, 59, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 5, 1, 0, 0, tzinfo=NEW_YORK_SUMMER),
    datetime(2023, 5, 1, 0, 1, tzinfo=NEW_YORK_SUMMER),
]


@pytest.mark.parametrize(
    ("sent", "per_month"),
    [case("TZ-05", TZ_05, {date(2023, 3, 1): 2, date(2023, 4, 1): 4, date(2023, 5, 1): 3})],
)
def test_the_months_are_those_of_utc(sent: list[datetime], per_month: dict[date, int]) -> None:
    """TZ-05 counts by New York's months (3, 4, 2): there the last minute of a month is in the next month here."""
    assert emails(make_order(EMAILS, start=date(2023, 3, 1)), *sent) == per_month


@pytest.mark.parametrize(
    ("switch", "before", "after"),
    [case("LATE-07", datetime(2024, 1, 10, 8, 30, tzinfo=UTC), 10, 10_000)],
)
def test_within_the_day_of_a_plan_switch_the_earlier_order_takes_every_signal(
    switch: datetime, before: int, after: int
) -> None:
    """LATE-07 switches between two signals; an order of ours ends with the whole day of its end."""
    old, new = make_attribute(EMAILS.pricing, id="ola_old"), make_attribute(EMAILS.pricing, id="ola_new")
    plan = make_plan(
        make_order(old, id="ord_old", start=date(2024, 1, 1), end=switch),
        make_order(new, id="ord_new", start=switch),
    )
    ten_minutes_before = before * [make_entry(switch - timedelta(minutes=10))]
    five_minutes_after = after * [make_entry(switch + timedelta(minutes=5))]
    next_day = [make_entry(switch + timedelta(days=1))]

    usage = rated(plan, ten_minutes_before + five_minutes_after + next_day).usage

    assert usage == {"ola_old": {date(2024, 1, 1): before + after}, "ola_new": {date(2024, 1, 10): 1}}


# ---- what


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        (make_entry(), 1),
        (make_entry(event_name="email_opened"), 0),
        (make_entry(event_name="EMAIL_SENT"), 0),
        (make_entry(product_id="prod_2"), 0),
        (make_entry(external_product_id="ai-sdr-001"), 1),
        (make_entry(external_product_id="other"), 0),
        (make_entry(product_id="prod_2", external_product_id="ai-sdr-001"), 0),  # the id decides
        (make_entry(product_id=None), 0),
    ],
)
def test_a_signal_counts_where_event_and_product_are_those_of_the_price(entry: Entry, counted: int) -> None:
    order = make_order(lines=(make_line(EMAILS, product_external_id="ai-sdr-001"),))

    checkpoint = rated(make_plan(order), [entry])

    assert (checkpoint.counted, checkpoint.unattributed) == (counted, 1 - counted)


def test_a_product_without_an_external_id_is_not_the_one_of_signals_without_a_product() -> None:
    assert rated(make_plan(make_order(EMAILS)), [make_entry(external_product_id=None)]).unattributed == 1


def test_a_signal_counts_for_every_price_of_its_order_that_names_it() -> None:
    base, premium = make_attribute(EMAILS.pricing, id="ola_base"), make_attribute(EMAILS.pricing, id="ola_premium")

    checkpoint = rated(make_plan(make_order(base, premium)), [make_entry(JUNE)])

    assert checkpoint.usage == {"ola_base": {JUNE: 1}, "ola_premium": {JUNE: 1}}
    assert checkpoint.counted == 1


def test_a_signal_counts_for_one_order_only_the_first_activated() -> None:
    first, second = make_attribute(EMAILS.pricing, id="ola_first"), make_attribute(EMAILS.pricing, id="ola_second")
    plan = make_plan(
        make_order(first, id="ord_first", start=JUNE, end=JULY),
        make_order(second, id="ord_second", start=MAY),
    )

    usage = rated(plan, [make_entry(MAY), make_entry(JUNE), make_entry(JULY)]).usage

    assert usage == {"ola_second": {MAY: 1, JULY: 1}, "ola_first": {JUNE: 1}}


def test_without_an_active_order_signals_stay_unattributed() -> None:
    checkpoint = rated(RatingPlan(), [make_entry(), make_entry()])

    assert (checkpoint.usage, checkpoint.counted, checkpoint.unattributed) == ({}, 0, 2)


# ---- how far


def test_rating_goes_on_where_the_checkpoint_stands() -> None:
    plan = make_plan(make_order(EMAILS))
    before = rate_forward(Checkpoint(), plan, make_segments(3 * [make_entry(JUNE)], 4 * [make_entry(JULY)]))

    after = rate_forward(before, plan, make_segments(5 * [make_entry(JUNE)], after=2))

    assert after.usage == {"ola_email_sent": {JUNE: 3 + 5, JULY: 4}}
    assert (after.rated_through, after.counted) == (3, 3 + 4 + 5)
    assert after.latest_occurred_at == moment(JULY)
    assert before.usage == {"ola_email_sent": {JUNE: 3, JULY: 4}}


def test_without_a_new_segment_nothing_changes() -> None:
    plan = make_plan(make_order(EMAILS))
    before = rated(plan, [make_entry()])

    assert rate_forward(before, plan, []) == before


@pytest.mark.parametrize("number", [1, 3])
def test_a_segment_that_was_rated_or_that_skips_one_is_refused(number: int) -> None:
    plan = make_plan(make_order(EMAILS))
    through_one = rated(plan, [make_entry()])

    with pytest.raises(ValueError, match=f"segment {number} does not follow 1"):
        rate_forward(through_one, plan, make_segments([make_entry()], after=number - 1))


# ---- costs

COST_PLUS = make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier="1.3", event_name=None, price_points=())
MARGIN = make_attribute(COST_PLUS, id="ola_margin")


def make_cost(amount: str, currency: str = "USD", **fields: Any) -> Entry:
    cost = Cost(Decimal(amount), currency, vendor="openai", model="gpt-5")
    return make_entry(event_name=COST_EVENT, data=cost.to_data(), **fields)


def test_costs_are_summed_up_to_the_last_digit() -> None:
    plan = make_plan(make_order(MARGIN))

    checkpoint = rated(plan, [make_cost("0.184918125"), make_cost("0.000000000001"), make_cost("12")])

    assert checkpoint.usage == {"ola_margin": {JUNE: 184_918_125_000 + 1 + 12 * 10**12}}
    assert checkpoint.counted == 3


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        (make_cost("1"), 1),
        (make_cost("1", "EUR"), 0),
        (make_cost("1", product_id="prod_2"), 0),
        (make_cost("1", product_id=None), 1),  # what was paid for the customer as a whole
        (make_cost("1", external_product_id="ai-sdr-001"), 1),
        (make_cost("1", external_product_id="other"), 0),
        (make_entry(), 0),
        (make_cost("0"), 1),
    ],
)
def test_a_cost_counts_in_the_orders_currency_for_its_product_or_for_all(entry: Entry, counted: int) -> None:
    order = make_order(lines=(make_line(MARGIN, product_external_id="ai-sdr-001"),))

    checkpoint = rated(make_plan(order), [entry])

    assert (checkpoint.counted, checkpoint.unattributed) == (counted, 1 - counted)


def test_costs_do_not_count_as_signals_nor_signals_as_costs() -> None:
    plan = make_plan(make_order(EMAILS, MARGIN))

    usage = rated(plan, [make_cost("2"), make_entry(), make_entry()]).usage

    assert usage == {"ola_email_sent": {JUNE: 2}, "ola_margin": {JUNE: 2 * 10**12}}


def test_the_same_amounts_in_another_currency_are_other_costs() -> None:
    """The answer for a currency is remembered for that currency alone."""
    plan = make_plan(make_order(MARGIN))

    usage = rated(plan, [make_cost("1", "EUR"), make_cost("1"), make_cost("1", "EUR"), make_cost("1")]).usage

    assert usage == {"ola_margin": {JUNE: 2 * 10**12}}


def test_a_cost_of_no_product_counts_on_the_first_line_alone() -> None:
    lines = [
        make_line(make_attribute(COST_PLUS, id="ola_sdr")),
        make_line(make_attribute(COST_PLUS, id="ola_other"), product_id="prod_2"),
    ]

    usage = rated(make_plan(make_order(lines=lines)), [make_cost("1", product_id=None)]).usage

    assert usage == {"ola_sdr": {JUNE: 10**12}}
