from datetime import date, datetime, timedelta

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.order import Order
from functions.billing.models.pricing import PricingModel
from functions.billing.models.usage import MAX_SEATING_BYTES, Checkpoint, RatingPlan, total_usage
from functions.billing.periods import ALWAYS
from tests.builders import RECURRING, USAGE, make_attribute, make_order, make_plan, make_pricing, moment

EMAILS = make_attribute(make_pricing(USAGE, event_name="email_sent"))
MEETINGS = make_attribute(make_pricing(USAGE, event_name="meeting_booked"))
PLATFORM_FEE = make_attribute(make_pricing(RECURRING))

JUNE, JULY, AUGUST = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)


def make_usage_order(order_id: str, *, start: date = JUNE, end: date | None = None) -> Order:
    return make_order(EMAILS, id=order_id, start=start, end=end)


def orders_of(plan: RatingPlan) -> list[str]:
    return [entry.order_id for entry in plan.entries]


PAGES = make_attribute(
    make_pricing(USAGE, model=PricingModel.PREPAID_CREDITS, credits={"currency_id": "cc_1"}, event_name="page_read")
)


# ---- the plan


def test_a_plan_notes_when_an_end_was_set_of_a_price_in_credits_and_keeps_it_while_the_end_stays() -> None:
    """The clock stands still: each end is set after what was granted before it, and before what is granted after."""
    orders = [make_order(PAGES, EMAILS, start=JUNE, end=end) for end in (None, JULY, JULY, AUGUST, None)]
    plan, found, granted = RatingPlan(), list[datetime](), list[datetime]()

    for order in orders:
        granted_at = plan.next_moment(order.updated_at)
        plan = plan.with_order(order)
        assert plan.next_moment(order.updated_at) > plan.entries[0].ended_at
        found.append(plan.entries[0].ended_at)
        granted.append(granted_at)
        assert plan.entries[1].ended_at == ALWAYS

    never, first, again, later, at_last = found
    assert never == at_last == ALWAYS
    assert granted[1] < first == again < granted[3] < later


def test_a_plan_holds_the_usage_prices_of_an_order_and_nothing_else() -> None:
    plan = make_plan(make_order(PLATFORM_FEE, EMAILS, MEETINGS))

    assert [(entry.order_line_attribute_id, entry.event_name) for entry in plan.entries] == [
        ("ola_email_sent", "email_sent"),
        ("ola_meeting_booked", "meeting_booked"),
    ]


def test_usage_is_counted_into_the_periods_that_are_billed() -> None:
    order = make_order(EMAILS, start=date(2025, 6, 10), end=date(2025, 9, 5), billing_anchor=31)

    [entry] = make_plan(order).entries

    assert entry.calendar == order.calendar(order.lines[0], EMAILS)


def test_an_order_activated_later_comes_later() -> None:
    plan = make_plan(make_usage_order("ord_1"), make_usage_order("ord_2", start=date(2025, 5, 1)))

    assert orders_of(plan) == ["ord_1", "ord_2"]


def test_an_order_that_changes_keeps_its_place() -> None:
    plan = make_plan(make_usage_order("ord_1"), make_usage_order("ord_2"), make_usage_order("ord_3"))

    changed = plan.with_order(make_usage_order("ord_2", end=AUGUST))

    assert orders_of(changed) == ["ord_1", "ord_2", "ord_3"]
    assert [entry.end for entry in changed.entries] == [None, AUGUST, None]


@pytest.mark.parametrize(
    ("before", "after", "first_day"),
    [
        ([], make_usage_order("ord_1", start=JULY), JULY),
        ([make_usage_order("ord_1", start=JULY)], make_usage_order("ord_1", start=JUNE), JUNE),
        ([make_usage_order("ord_1", start=JUNE)], make_usage_order("ord_1", start=JULY), JUNE),
        ([make_usage_order("ord_1", start=JUNE)], make_usage_order("ord_2", start=JULY), JULY),
        ([], make_order(PLATFORM_FEE), date.max),
    ],
)
def test_each_version_says_from_which_day_it_may_count_differently(
    before: list[Order], after: Order, first_day: date
) -> None:
    plan = make_plan(*before)

    changed = plan.with_order(after)

    assert changed.version == plan.version + 1
    assert changed.affected_from == (*plan.affected_from, first_day)


# ---- the checkpoint

RATED = Checkpoint(
    rated_through=7,
    plan_version=1,
    usage={"ola_email_sent": {JUNE: 40}},
    counted=40,
    unattributed=2,
    latest_occurred_at=moment(date(2025, 6, 30)),
)
ANEW = Checkpoint()


def at(checkpoint: Checkpoint, version: int) -> Checkpoint:
    return checkpoint.model_copy(update={"plan_version": version})


def test_under_the_same_plan_a_checkpoint_goes_on() -> None:
    assert RATED.under(make_plan(make_usage_order("ord_1"))) == RATED


@pytest.mark.parametrize(
    ("affected_from", "expected"),
    [
        (date(2025, 6, 29), at(ANEW, 2)),
        (date(2025, 6, 30), at(ANEW, 2)),
        (date(2025, 7, 1), at(RATED, 2)),
    ],
)
def test_under_another_plan_usage_is_counted_anew_if_a_signal_so_far_is_affected(
    affected_from: date, expected: Checkpoint
) -> None:
    plan = make_plan(make_usage_order("ord_1"), make_usage_order("ord_2", start=affected_from))

    assert RATED.under(plan) == expected


def test_every_version_since_the_checkpoint_is_considered() -> None:
    early, late = make_usage_order("ord_2", start=JUNE), make_usage_order("ord_3", start=AUGUST)
    plan = make_plan(make_usage_order("ord_1"), early, late)

    assert RATED.under(plan) == at(ANEW, 3)
    assert at(RATED, 2).under(plan) == at(RATED, 3)


def test_a_checkpoint_before_the_first_signal_has_nothing_to_count_anew() -> None:
    plan = make_plan(make_usage_order("ord_1", start=date.min + timedelta(days=31)))

    assert ANEW.under(plan) == at(ANEW, 1)


def test_the_usage_of_a_customer_is_the_sum_over_the_shards_of_its_log() -> None:
    first = Checkpoint(usage={"ola_email_sent": {JUNE: 40, JULY: 2}})
    second = Checkpoint(usage={"ola_email_sent": {JUNE: 7}, "ola_meeting_booked": {JULY: 1}})

    assert total_usage([first, second, Checkpoint()]) == {
        "ola_email_sent": {JUNE: 40 + 7, JULY: 2},
        "ola_meeting_booked": {JULY: 1},
    }
    assert total_usage([]) == {}


def test_of_a_day_it_is_kept_who_sat_on_a_seat_and_who_was_the_last() -> None:
    """Ada, Bob, Ada again, nobody, Bob and then Ada: both sat there, and Ada does still on the next day."""
    plan = RatingPlan().with_seats("ord_1", {"seat": "bob"}, since=JUNE - timedelta(days=9))

    for user in ("ada", "bob", "ada", None, "bob", "ada"):
        plan = plan.with_seats("ord_1", {} if user is None else {"seat": user}, since=JUNE)

    (seat,) = plan.seats
    assert seat.since == ((JUNE - timedelta(days=9), "bob"), (JUNE, "bob"), (JUNE, "ada"))
    assert (seat.users_on(JUNE), seat.users_on(JUNE + timedelta(days=1))) == ({"ada", "bob"}, {"ada"})


def test_users_take_seats_until_the_plan_holds_no_more_of_it_and_leave_them_ever_after() -> None:
    """18 bytes a move and the name's: of names of 107 bytes 2,000 are 250,000."""
    seated = RatingPlan()
    for number in range(1_000):
        seated = seated.with_seats("ord_1", {"seat": f"{number:0107}"}, since=JUNE + timedelta(days=2 * number))
        seated = seated.with_seats(
            "ord_1", {"seat": f"{number:0107}x"[1:]}, since=JUNE + timedelta(days=2 * number + 1)
        )
    later = JUNE + timedelta(days=3_000)
    assert sum(seat.weight for seat in seated.seats) == 2_000 * (18 + 107) == MAX_SEATING_BYTES

    left = seated.with_seats("ord_1", {}, since=later)

    assert left.seats[0].user is None
    for plan in (seated, left):
        with pytest.raises(InvalidInput, match="nobody can take one any more, users can still leave theirs"):
            plan.with_seats("ord_1", {"seat": "ada"}, since=later + timedelta(days=1))
