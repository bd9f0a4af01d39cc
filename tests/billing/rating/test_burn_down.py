"""Credits as they are taken: in which order, until when, and that none appear or disappear."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.periods import ALWAYS, last_moment_of
from functions.billing.rating.burn_down import BurnDown, Need, Pot, burn_down
from tests.billing.rating.paper import at, june, on_paper


def grant(name: str, amount: int, start: int, end: int | None = None, **more: object) -> CreditGrant:
    expires_on = None if end is None else june(end)
    fields = {"id": name, "currency_id": "cc_1", "amount_micro": amount, "starts_on": june(start), **more}
    return CreditGrant.model_validate({**fields, "expires_on": expires_on})


def need(  # noqa: PLR0913 - each test says what matters to it
    micro: int,
    day: int,
    *,
    seat: str | None = None,
    charged: int | None = None,
    source: str = "a",
    activated: datetime = ALWAYS,
    ended: datetime = ALWAYS,
) -> Need:
    return Need(
        source,
        june(day),
        micro,
        seat_ids=frozenset() if seat is None else frozenset({seat}),
        charged_on=None if charged is None else june(charged),
        activated_at=activated,
        ended_at=ended,
    )


def left(state: BurnDown) -> dict[str, int]:
    return {pot.grant.id: pot.available for pot in state.pots}


def test_the_grant_that_is_gone_soonest_is_taken_from_first() -> None:
    """120 of 100 + 100: the soon one gives all of it, the other 20 (the field's CRD-07)."""
    state = burn_down([grant("late", 100, 1), grant("soon", 100, 1, 20)], [need(120, 5)], through=june(5))

    assert left(state) == {"late": 80, "soon": 0}


def test_of_grants_that_never_expire_the_oldest_is_taken_from_first() -> None:
    """80 of 20 + 25 + 25 + 30, the oldest first, leaves 20 of the newest (CRD-01)."""
    grants = [grant("d", 30, 4), grant("c", 25, 3), grant("b", 25, 2), grant("a", 20, 1)]

    assert left(burn_down(grants, [need(80, 5)], through=june(5))) == {"a": 0, "b": 0, "c": 0, "d": 20}


def test_a_seats_own_credits_are_taken_before_the_customers_and_by_nobody_else() -> None:
    grants = [grant("all", 100, 1, 10), grant("hers", 50, 1, seat_id="s1")]

    state = burn_down(grants, [need(60, 2, seat="s1"), need(5, 2, seat="s2"), need(5, 2)], through=june(2))

    assert left(state) == {"all": 80, "hers": 0}  # 60 = 50 + 10, and 5, and 5


def test_one_grant_meets_two_needs_and_40_of_100_are_left() -> None:
    """CRD-03: 25 and 35."""
    assert left(burn_down([grant("a", 100, 1)], [need(25, 2), need(35, 3)], through=june(3))) == {"a": 40}


def test_what_was_taken_before_there_was_anything_waits_for_the_next_grant() -> None:
    """25 before a grant of 100, 25 after: 50 are left (CRD-09)."""
    needs = [need(25, 1), need(25, 6)]

    before, after = (burn_down([grant("a", 100, 5)], needs, through=june(day)) for day in (4, 6))

    assert [(each.need.day, each.unmet) for each in before.pending] == [(june(1), 25)]
    assert (left(after), after.pending) == ({"a": 50}, [])


@pytest.mark.parametrize(("day", "available", "expired"), [(9, 70, 0), (10, 0, 70)])
def test_what_is_left_expires_on_the_day_of_expiry(day: int, available: int, expired: int) -> None:
    state = burn_down([grant("a", 100, 1, 10)], [need(30, 5)], through=june(day))

    assert [(pot.available, pot.used, pot.expired) for pot in state.pots] == [(available, 30, expired)]


@pytest.mark.parametrize(("day", "available", "expired"), [(9, 90, 0), (10, 50, 40), (14, 50, 40), (15, 0, 90)])
def test_no_more_than_the_rollover_outlives_the_period(day: int, available: int, expired: int) -> None:
    """90 left of 100 become 50 (CRD-11), and are gone five days later."""
    rolling = grant("a", 100, 1, 10, rollover=Rollover(amount_micro=50, until=june(15)))

    state = burn_down([rolling], [need(10, 5)], through=june(day))

    assert [(pot.available, pot.used, pot.expired) for pot in state.pots] == [(available, 10, expired)]


@pytest.mark.parametrize(("through", "pending", "overage"), [(30, 20, 0), (31, 0, 20)])
def test_what_no_grant_met_is_charged_when_its_period_ends_and_a_later_grant_is_not_asked(
    through: int, pending: int, overage: int
) -> None:
    grants = [grant("june", 100, 1, 31), grant("july", 100, 31)]

    state = burn_down(grants, [need(120, 10, charged=31)], through=june(through))

    assert sum(each.unmet for each in state.pending) == pending
    assert sum(each.unmet for each in state.overage) == overage
    assert left(state)["june"] == 0
    assert left(state).get("july", 100) == 100


def test_a_grant_in_time_meets_what_would_have_been_charged() -> None:
    state = burn_down([grant("a", 100, 30)], [need(120, 10, charged=31)], through=june(31))

    assert [each.unmet for each in state.overage] == [20]


def test_an_infinite_grant_gives_whatever_is_asked_in_its_turn() -> None:
    """It is gone on the 20th, and so before what never is; before it comes what is gone on the 10th."""
    grants = [grant("bought", 10, 1), grant("all", 0, 1, 20, is_infinite=True), grant("soon", 10, 1, 10)]

    state = burn_down(grants, [need(1_000, 2)], through=june(2))

    assert [(pot.grant.id, pot.available, pot.used) for pot in state.pots] == [
        ("bought", 10, 0),
        ("all", 0, 990),
        ("soon", 0, 10),
    ]


# ---- what is known later


def overage(state: BurnDown) -> dict[str, int]:
    return {each.need.source: each.unmet for each in state.overage}


def test_a_grant_for_the_past_frees_nothing_that_was_taken_before_it_was_given() -> None:
    """60 without a price took of the 100, and so 10 of the 50 on 20 June were over; the 100 of July change nothing."""
    needs = [need(60, 10, source="wait"), need(50, 20, charged=31, source="billed")]
    before, later = grant("old", 100, 15), grant("new", 100, 1, given_at=at(40, 9))

    state = burn_down([before, later], needs, through=june(41))

    assert overage(state) == overage(burn_down([before], needs, through=june(41))) == {"billed": 10}
    assert left(state) == {"old": 0, "new": 100}


def test_a_grant_that_is_gone_sooner_takes_no_place_of_what_was_taken_before() -> None:
    """The quarter's 60 wait until 1 September for what is missing, and take all that there is before July."""
    needs = [need(60, 10, charged=93, source="quarter"), need(50, 20, charged=31, source="billed")]
    later = grant("new", 100, 1, 200, given_at=at(40, 9))

    state = burn_down([grant("old", 60, 1), later], needs, through=june(93))

    assert overage(state) == {"billed": 50}
    assert left(state) == {"old": 0, "new": 100}


@pytest.mark.parametrize(("hour", "over"), [(8, 0), (9, 0), (10, 50)])
def test_of_one_day_it_is_the_moment_that_tells_whether_a_grant_was_there_at_the_activation(
    hour: int, over: int
) -> None:
    """The order is activated at nine on 15 July, and June is charged then; what came at the same moment was first."""
    needs = [need(50, 10, charged=31, source="billed", activated=at(45, 9))]

    state = burn_down([grant("g", 100, 1, given_at=at(45, hour))], needs, through=june(45))

    assert overage(state) == ({"billed": over} if over else {})


@pytest.mark.parametrize(("given_at", "over"), [(at(31, 0) - timedelta(microseconds=1), 0), (at(31, 0), 50)])
def test_what_is_due_at_midnight_is_not_met_by_what_is_given_then(given_at: datetime, over: int) -> None:
    """Whenever the invoice is made that day."""
    state = burn_down([grant("g", 100, 1, given_at=given_at)], [need(50, 10, charged=31)], through=june(31))

    assert sum(overage(state).values()) == over


def test_an_order_for_the_past_takes_what_the_others_left() -> None:
    """110 of 11 June at half a credit took 50 and were charged 5; another order's 50 of 10 June come on 5 July."""
    first, second = (
        need(55, 11, charged=31, source="first"),
        need(50, 10, charged=31, source="second", activated=at(35, 9)),
    )

    state = burn_down([grant("g", 60, 1)], [first, second], through=june(35))

    assert overage(state) == {"second": 45}
    assert [(taking.need.source, taking.day, taking.micro) for taking in state.takings] == [
        ("first", june(11), 55),
        ("second", june(35), 5),
    ]


def test_an_order_for_the_past_meets_each_of_its_periods_with_its_own_credits() -> None:
    """60 in the first ten days and 40 in the second, at 50 for each: 10 over, and 10 expired."""
    moment = at(25, 9)
    grants = [grant(f"g{day}", 50, day, day + 10, given_at=moment) for day in (1, 11, 21)]
    needs = [
        need(60, 5, charged=11, source="first", activated=moment),
        need(40, 15, charged=21, source="second", activated=moment),
    ]

    state = burn_down(grants, needs, through=june(25))

    assert overage(state) == {"first": 10}
    assert [(pot.used, pot.available, pot.expired) for pot in state.pots] == [(50, 0, 0), (40, 0, 10), (0, 50, 0)]


def test_what_has_expired_serves_the_signals_of_its_own_days_still_that_an_activation_brings() -> None:
    """Of 50, 20 roll over from the 20th to the 25th; 10 of the 5th come out of the 30 that did not, 30 of the 22nd are
    20 and wait."""
    rolling = grant("g", 50, 1, 20, rollover=Rollover(amount_micro=20, until=june(25)))
    needs = [need(10, 5, activated=at(28, 9)), need(30, 22, activated=at(28, 9)), need(10, 25, activated=at(28, 9))]

    before, after = (burn_down([rolling], needs, through=june(day)) for day in (27, 28))

    assert [(pot.available, pot.used, pot.expired) for pot in before.pots] == [(0, 0, 50)]
    assert [(pot.available, pot.used, pot.expired) for pot in after.pots] == [(0, 30, 20)]
    assert [(each.need.day, each.unmet) for each in after.pending] == [(june(22), 10), (june(25), 10)]


def test_the_signals_of_a_day_take_what_was_given_on_it_in_the_same_turn_as_all() -> None:
    """Given at five in the afternoon, and gone sooner than what was there before."""
    grants = [grant("old", 100, 1), grant("soon", 100, 5, 9, given_at=at(5, 17))]

    assert left(burn_down(grants, [need(30, 5)], through=june(5))) == {"old": 100, "soon": 70}


# ---- the law


days = st.integers(1, 12)
hours = st.sampled_from((0, 9, 15))
moments = st.just(ALWAYS) | st.builds(at, st.integers(1, 18), hours)
SEATS: tuple[str | None, ...] = (None, "s1", "s2")


def test_a_grant_by_hand_meets_what_waits_before_an_orders_credits_that_begin_on_its_day() -> None:
    """50 of 10 June wait: on the 15th come 100 for the month, and at nine 100 by hand that never expire."""
    grants = [grant("order's", 100, 15, 25, order_id="ord_1"), grant("by hand", 100, 15, given_at=at(15, 9))]

    state = burn_down(grants, [need(50, 10, charged=20)], through=june(15))

    assert left(state) == {"order's": 100, "by hand": 50}


@pytest.mark.parametrize(("starts", "over"), [(14, 0), (15, 50)])
def test_an_orders_credits_meet_nothing_that_is_charged_on_their_first_day(starts: int, over: int) -> None:
    """That day an amendment may end them as if they never had been; what waits for a later day they meet as it ends."""
    today, later = need(50, 10, charged=15, ended=at(15, 10)), need(20, 11, charged=16)

    state = burn_down([grant("g", 100, starts, order_id="ord_1")], [today, later], through=june(30))

    assert sum(overage(state).values()) == over
    assert left(state) == {"g": 100 - 20 - (50 - over)}


@pytest.mark.parametrize(("given_at", "over"), [(9, 0), (10, 50), (11, 50)])
def test_an_end_of_today_charges_nothing_that_a_grant_of_this_morning_met(given_at: int, over: int) -> None:
    """50 of 10 June wait for 1 July; at ten of the 15th somebody ends the price that day."""
    takes = need(50, 10, charged=15, ended=at(15, 10))

    state = burn_down([grant("g", 100, 15, given_at=at(15, given_at))], [takes], through=june(30))

    assert sum(overage(state).values()) == over
    assert left(state) == {"g": 100 - (50 - over)}


@pytest.mark.parametrize(("taken", "most"), [(10, 60), (600, 60 * 60)])
def test_a_grant_that_is_used_up_is_asked_no_more(taken: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 grants of 10 without end: of 10 a day each is asked once; of 600, by all that waits on the day it is given."""
    asked: list[str] = []
    take = Pot.take

    def asking(pot: Pot, wanted: int, day: date) -> int:
        asked.append(pot.grant.id)
        return take(pot, wanted, day)

    monkeypatch.setattr(Pot, "take", asking)
    grants = [grant(f"g{day:02}", 10, day, given_at=at(day, 9)) for day in range(60)]

    state = burn_down(grants, [need(taken, day) for day in range(60)], through=june(60))

    assert sum(left(state).values()) == 0
    assert 60 <= len(asked) <= most


@st.composite
def some_grants(draw: st.DrawFn) -> list[CreditGrant]:
    made: list[CreditGrant] = []
    for place in range(draw(st.integers(0, 5))):
        start = draw(st.integers(1, 15))
        end = draw(st.none() | st.integers(start + 1, 16))
        rolls = end is not None and draw(st.booleans())
        rollover = Rollover(amount_micro=draw(st.integers(0, 9)), until=june(end + 3)) if rolls and end else None
        more: dict[str, object] = {
            "given_at": draw(moments),
            "rollover": rollover,
            "seat_id": draw(st.sampled_from(SEATS)),
            "is_infinite": draw(st.booleans()),
            "order_id": draw(st.sampled_from((None, "ord_1"))),
        }
        made.append(grant(f"g{place}", draw(st.integers(0, 9)), start, end, **more))
    return made


needs_of = st.lists(
    st.builds(
        lambda day, micro, seat, charged, activated, ends_at: need(
            micro,
            day,
            seat=seat,
            charged=charged,
            activated=activated,
            ended=at(charged, ends_at) if charged else ALWAYS,
        ),
        days,
        st.integers(1, 6),
        st.sampled_from(SEATS),
        st.sampled_from((None, 13, 15)),
        moments,
        st.sampled_from((0, 10, 16)),
    ),
    max_size=8,
)


@given(some_grants(), needs_of, st.integers(0, 20))
def test_granted_is_available_used_and_expired_and_needed_is_used_pending_and_charged(
    grants: list[CreditGrant], needs: list[Need], day: int
) -> None:
    state = burn_down(grants, needs, through=june(day))

    for pot in state.pots:
        assert pot.granted == (pot.used if pot.grant.is_infinite else pot.grant.amount_micro)
        assert min(pot.available, pot.used, pot.expired) >= 0
    end = last_moment_of(june(day))
    assert len(state.pots) == sum(grant.opens_at <= end for grant in grants)
    used = sum(pot.used for pot in state.pots)
    unmet = sum(each.unmet for each in (*state.pending, *state.overage))
    assert used + unmet == sum(need.micro for need in needs if need.known_at <= end)


@given(some_grants(), needs_of, st.integers(0, 20), st.randoms(use_true_random=False))
def test_neither_the_order_of_grants_nor_that_of_needs_on_different_days_matters(
    grants: list[CreditGrant], needs: list[Need], day: int, random: object
) -> None:
    one_a_day = list({need.day: need for need in needs}.values())
    mixed_grants, mixed_needs = _shuffled(grants, random), _shuffled(one_a_day, random)

    expected = burn_down(grants, one_a_day, through=june(day))
    state = burn_down(mixed_grants, mixed_needs, through=june(day))

    assert left(state) == left(expected)
    assert state.pending == expected.pending


@given(some_grants(), needs_of, st.integers(0, 20))
def test_credit_by_credit_on_paper_comes_to_the_same(grants: list[CreditGrant], needs: list[Need], day: int) -> None:
    """The naive model: every single credit is a thing, which is free, taken or gone."""
    state = burn_down(grants, needs, through=june(day))

    paper = on_paper(grants, needs, june(day))

    for pot in state.pots:
        assert pot.used == paper.taken[pot.grant.id]
        assert pot.available == paper.free[pot.grant.id]
        assert (pot.lapsed, pot.gone) == (paper.lapsed[pot.grant.id], paper.gone[pot.grant.id])


@given(some_grants(), needs_of, st.integers(0, 20))
def test_what_was_taken_by_a_day_stays_whatever_comes_after_it(
    grants: list[CreditGrant], needs: list[Need], day: int
) -> None:
    then = burn_down(grants, needs, through=june(day))

    now = burn_down(grants, needs, through=june(30))

    assert [taking for taking in now.takings if taking.day <= june(day)] == then.takings
    end = last_moment_of(june(day))
    assert _charged_by(end, now) == _charged_by(end, then)


@given(some_grants(), needs_of, st.builds(at, st.integers(0, 20), st.sampled_from((8, 14, 20))))
def test_what_is_given_or_activated_later_changes_nothing_of_what_was_charged(
    grants: list[CreditGrant], needs: list[Need], then: datetime
) -> None:
    known_grants = [grant for grant in grants if grant.opens_at <= then]
    known_needs = [need for need in needs if need.activated_at <= then]

    with_all = burn_down(grants, needs, through=june(30))
    without = burn_down(known_grants, known_needs, through=june(30))

    assert _charged_by(then, with_all) == _charged_by(then, without)


def _charged_by(then: datetime, state: BurnDown) -> list[tuple[Need, int]]:
    charged = [(each.need, each.unmet) for each in state.overage]
    by_then = [(need, unmet) for need, unmet in charged if need.billed_at is not None and need.billed_at <= then]
    return sorted(by_then, key=str)


def _shuffled(things: list, random: object) -> list:  # type: ignore[type-arg]
    mixed = list(things)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    return mixed
