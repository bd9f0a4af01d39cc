"""Costs among signals, for any log: what counts for a cost-plus price does not depend on how the log came about."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.models.cost import COST_EVENT, MAX_COST, Cost
from functions.billing.models.pricing import PricingModel
from functions.billing.models.segment import Entry
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.money import COST_DIGITS
from functions.billing.rating.usage import rate_forward
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

law = settings(derandomize=True, database=None, deadline=None, max_examples=40)

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
MAJOR = 10**COST_DIGITS
COST_PLUS = make_pricing(USAGE, model=PricingModel.COST_PLUS, multiplier="1.3", event_name=None, price_points=())
MARGIN = make_attribute(COST_PLUS, id="ola_margin")
EMAILS = make_attribute(make_pricing(USAGE, event_name="email_sent"))


def make_cost(amount: Decimal | str, currency: str = "USD", on: date = JUNE, **fields: object) -> Entry:
    return make_entry(on, COST_EVENT, data=Cost(Decimal(amount), currency).to_data(), **fields)


def rated(plan: RatingPlan, *blocks: Sequence[Entry]) -> Checkpoint:
    return rate_forward(Checkpoint(), plan, make_segments(*blocks))


@pytest.mark.parametrize(
    ("on", "period_start"),
    [(moment(JULY) - timedelta(microseconds=1), JUNE), (moment(JULY), JULY), (moment(AUGUST), AUGUST)],
)
def test_a_cost_belongs_to_the_period_of_its_time(on: datetime, period_start: date) -> None:
    assert rated(make_plan(make_order(MARGIN)), [make_cost("2", on=on)]).usage == {
        "ola_margin": {period_start: 2 * MAJOR}
    }


def test_a_cost_that_comes_late_joins_those_of_its_period() -> None:
    plan = make_plan(make_order(MARGIN))
    before = rated(plan, [make_cost("1", on=JUNE)], [make_cost("2", on=JULY)])

    after = rate_forward(before, plan, make_segments([make_cost("0.5", on=JUNE)], after=2))

    assert after.usage == {"ola_margin": {JUNE: MAJOR + MAJOR // 2, JULY: 2 * MAJOR}}


def test_a_cost_before_or_after_every_order_is_unattributed() -> None:
    plan = make_plan(make_order(MARGIN, start=JULY, end=AUGUST))

    checkpoint = rated(plan, [make_cost("1", on=JUNE), make_cost("1", on=AUGUST)])

    assert (checkpoint.usage, checkpoint.counted, checkpoint.unattributed) == ({}, 0, 2)


def test_of_two_orders_in_different_currencies_each_counts_the_costs_in_its_own() -> None:
    euros = make_attribute(COST_PLUS, id="ola_euros")
    plan = make_plan(make_order(MARGIN), make_order(euros, id="ord_2", currency="EUR"))

    usage = rated(plan, [make_cost("1"), make_cost("2", "EUR"), make_cost("4", "GBP")]).usage

    assert usage == {"ola_margin": {JUNE: MAJOR}, "ola_euros": {JUNE: 2 * MAJOR}}


def test_the_largest_costs_are_summed_up_to_the_last_digit() -> None:
    """Python's own Decimal context ends at 28 digits; a thousand of these need 25."""
    largest = MAX_COST - Decimal(1).scaleb(-COST_DIGITS)

    usage = rated(make_plan(make_order(MARGIN)), 1000 * [make_cost(largest)]).usage

    assert usage == {"ola_margin": {JUNE: 1000 * (10**9 * MAJOR - 1)}}


# ---- for any log

amounts = st.decimals(0, MAX_COST, places=COST_DIGITS) | st.sampled_from([Decimal("1E-12"), Decimal("1E+3"), MAX_COST])
moments = st.integers(0, 120 * 24).map(lambda hours: datetime(2025, 5, 15, tzinfo=UTC) + timedelta(hours=hours))
products = st.sampled_from(
    [
        {"product_id": "prod_1"},
        {"product_id": "prod_2"},
        {"external_product_id": "sdr"},
        {"external_product_id": "somebody"},
        {"product_id": None},
    ]
)
costs = st.builds(
    lambda amount, currency, on, product: make_cost(amount, currency, on, **product),
    amounts,
    st.sampled_from(["USD", "EUR"]),
    moments,
    products,
)
signals = st.builds(lambda on, product: make_entry(on, **product), moments, products)
logs = st.lists(costs | signals, max_size=30)

PLAN = make_plan(
    make_order(
        lines=[
            make_line(EMAILS, MARGIN, product_external_id="sdr"),
            make_line(make_attribute(COST_PLUS, id="ola_other"), product_id="prod_2"),
        ],
    ),
    make_order(make_attribute(COST_PLUS, id="ola_euros"), id="ord_2", currency="EUR", end=AUGUST),
)


@law
@given(logs, st.data())
def test_any_partition_of_the_same_log_in_any_order_gives_the_same_usage(log: list[Entry], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(log))
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=6))), len(log)]
    blocks = [shuffled[start:end] for start, end in pairwise(edges)]

    at_once, step_by_step = rated(PLAN, log), rated(PLAN, *blocks)

    assert step_by_step == at_once.model_copy(update={"rated_through": len(blocks)})


@law
@given(logs)
def test_usage_is_the_exact_sum_of_the_costs_that_count(log: list[Entry]) -> None:
    """By the definition alone: in dollars, since June began, of the product or of none."""
    usage = rated(PLAN, log).usage

    mine = [
        Fraction(str(entry.data["amount"]))
        for entry in log
        if entry.event_name == COST_EVENT
        and entry.data is not None
        and entry.data["currency"] == "USD"
        and entry.occurred_at >= moment(JUNE)
        and (entry.product_id == "prod_1" or (entry.product_id is None and entry.external_product_id in {None, "sdr"}))
    ]
    assert sum(usage.get("ola_margin", {}).values()) == sum(mine) * MAJOR


@law
@given(logs)
def test_signals_count_as_if_there_were_no_costs(log: list[Entry]) -> None:
    only_signals = [entry for entry in log if entry.event_name != COST_EVENT]

    assert rated(PLAN, log).usage.get("ola_email_sent") == rated(PLAN, only_signals).usage.get("ola_email_sent")
