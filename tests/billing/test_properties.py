"""The laws of the calendar and of counting, for any input: each test says one of them and tries to break it."""

import calendar as gregorian
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, takewhile

from hypothesis import assume, given
from hypothesis import strategies as st

from functions.billing.models.order import Order
from functions.billing.models.segment import Entry, Segment
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.money import round_to_minor
from functions.billing.periods import Calendar, Period, midnight, prorated
from functions.billing.rating.usage import rate_forward
from tests.billing.strategies import (
    DAY,
    THIRTY_YEARS,
    anchors,
    any_order,
    calendars,
    cut,
    entries,
    law,
    plans,
    shares,
    usage_orders,
)
from tests.builders import make_segments

# ---- the calendar


def thirty_years_of(calendar: Calendar) -> list[Period]:
    horizon = calendar.start + THIRTY_YEARS
    return list(takewhile(lambda period: period.start < horizon, calendar.periods()))


@law
@given(calendars())
def test_periods_tile_the_life_of_a_charge_without_gap_or_overlap(calendar: Calendar) -> None:
    periods = thirty_years_of(calendar)

    assert periods[0].start == calendar.start
    assert all(period.days > 0 for period in periods)
    assert all(earlier.end == later.start for earlier, later in pairwise(periods))
    assert calendar.end is None or periods[-1].end == calendar.end


@law
@given(calendars())
def test_the_first_and_the_last_day_of_a_period_are_in_no_other(calendar: Calendar) -> None:
    for period in thirty_years_of(calendar):
        assert calendar.period_of(period.start) == calendar.period_of(period.end - DAY) == period


@law
@given(calendars())
def test_anchors_never_drift(calendar: Calendar) -> None:
    boundaries = [period.start for period in thirty_years_of(calendar)[1:]]

    for boundary in boundaries:
        last_of_month = gregorian.monthrange(boundary.year, boundary.month)[1]
        assert boundary.day == min(calendar.anchor_day, last_of_month)
    for earlier, later in pairwise(boundaries):
        assert (later.year - earlier.year) * 12 + later.month - earlier.month == calendar.months


@law
@given(calendars())
def test_only_the_first_and_the_last_period_can_be_a_part(calendar: Calendar) -> None:
    periods = thirty_years_of(calendar)

    assert all(period.days <= calendar.full_days(period) for period in periods)
    assert all(period.days == calendar.full_days(period) for period in periods[1:-1])


# ---- proration


@law
@given(st.dates(date(2023, 1, 1), date(2027, 12, 31)), anchors, st.integers(1, 100), st.integers(0, 10**12))
def test_the_parts_before_and_after_a_change_sum_to_the_whole(
    start: date, anchor_day: int, days_later: int, amount_minor: int
) -> None:
    whole = Calendar(start, anchor_day, months=1)
    change = start + days_later * DAY
    before, after = replace(whole, end=change), replace(whole, start=change)
    uncut, first_part, second_part = whole.period_of(change), before.last_period(), after.period_of(change)
    assert uncut is not None
    assert first_part is not None
    assert second_part is not None
    assume(uncut.start < change)

    shares_of_parts = [before.share(first_part), after.share(second_part)]

    assert sum(Fraction(*share) for share in shares_of_parts) == Fraction(*whole.share(uncut))
    difference = sum(prorated(Decimal(amount_minor), share) for share in shares_of_parts) - prorated(
        Decimal(amount_minor), whole.share(uncut)
    )
    assert abs(difference) < Decimal("1e-12")


@law
@given(calendars(), st.data())
def test_a_period_of_any_length_cut_anywhere_is_the_sum_of_its_parts(calendar: Calendar, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(thirty_years_of(calendar)[:20]))
    days = data.draw(st.sets(st.dates(whole.start, whole.end), max_size=4))
    edges = sorted({whole.start, *days, whole.end})

    parts = [calendar.share(Period(start, end)) for start, end in pairwise(edges)]

    assert sum(Fraction(*part) for part in parts) == Fraction(*calendar.share(whole)) <= 1


@law
@given(st.integers(0, 10**24), shares)
def test_a_part_is_rounded_as_whole_numbers_would_be(amount_minor: int, share: tuple[int, int]) -> None:
    """Up to the largest price at the largest quantity: a Decimal's 28 digits are enough."""
    days, full_days = share

    rounded = round_to_minor(prorated(Decimal(amount_minor), share))

    assert rounded == (2 * amount_minor * days + full_days) // (2 * full_days)


# ---- counting signals


@law
@given(plans, st.lists(entries, max_size=30), st.data())
def test_any_partition_of_the_same_signals_in_any_order_gives_the_same_usage(
    plan: RatingPlan, signals: list[Entry], data: st.DataObject
) -> None:
    at_once = rate_forward(Checkpoint(), plan, make_segments(signals))
    log = cut(
        data.draw(st.permutations(signals)),
        data.draw(st.lists(st.integers(0, len(signals)), max_size=6)),
    )

    rated = rate_forward(Checkpoint(), plan, log)

    assert rated == at_once.model_copy(update={"rated_through": len(log)})


@law
@given(plans, st.lists(st.lists(entries, max_size=6), max_size=6), st.integers(0, 6))
def test_rating_in_two_steps_from_a_checkpoint_is_rating_at_once(
    plan: RatingPlan, blocks: list[list[Entry]], step: int
) -> None:
    log = make_segments(*blocks)

    halfway = rate_forward(Checkpoint(), plan, log[:step])

    assert rate_forward(halfway, plan, log[step:]) == rate_forward(Checkpoint(), plan, log)


@law
@given(plans, st.lists(entries, max_size=30))
def test_every_signal_is_counted_or_unattributed(plan: RatingPlan, signals: list[Entry]) -> None:
    rated = rate_forward(Checkpoint(), plan, make_segments(signals))

    assert rated.counted + rated.unattributed == len(signals)


@law
@given(plans, entries)
def test_a_signal_counts_for_at_most_one_order(plan: RatingPlan, signal: Entry) -> None:
    rated = rate_forward(Checkpoint(), plan, make_segments([signal]))

    orders = {attribute_id.partition(":")[0] for attribute_id in rated.usage}
    assert len(orders) == rated.counted <= 1


def caught_up(checkpoint: Checkpoint, plan: RatingPlan, log: Sequence[Segment]) -> Checkpoint:
    """What `advance_rating` does: goes on under the plan of now, to the end of the log."""
    start = checkpoint.under(plan)
    return rate_forward(start, plan, log[start.rated_through :])


@law
@given(st.lists(any_order | st.lists(entries, min_size=1, max_size=5), max_size=12), st.data())
def test_rating_between_changes_of_the_plan_is_rating_from_scratch_under_the_last(
    steps: list[Order | list[Entry]], data: st.DataObject
) -> None:
    """A step is an order that is activated or changed, or signals; in between the rating catches up, or does not."""
    plan, log, checkpoint = RatingPlan(), list[Segment](), Checkpoint()

    for step in steps:
        if isinstance(step, Order):
            plan = plan.with_order(step)
        else:
            log += make_segments(step, after=len(log))
        if data.draw(st.booleans()):
            checkpoint = caught_up(checkpoint, plan, log)

    assert caught_up(checkpoint, plan, log) == caught_up(Checkpoint(), plan, log)


@law
@given(plans, st.lists(entries, min_size=1, max_size=20), usage_orders("ord_new"))
def test_usage_that_a_new_order_cannot_reach_is_kept_and_still_right(
    plan: RatingPlan, signals: list[Entry], order: Order
) -> None:
    starts = midnight(order.calendar(order.lines[0], order.lines[0].attributes[0]).start) if order.lines else None
    log = make_segments([signal for signal in signals if starts is None or signal.occurred_at < starts])
    rated, changed = caught_up(Checkpoint(), plan, log), plan.with_order(order)

    kept = rated.under(changed)

    assert (kept.rated_through, kept.usage) == (rated.rated_through, rated.usage)
    assert kept == caught_up(Checkpoint(), changed, log)
