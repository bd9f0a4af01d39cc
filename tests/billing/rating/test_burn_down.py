"""Credits as they are taken: in which order, until when, and that none appear or disappear."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.rating.burn_down import BurnDown, Need, burn_down

FIRST = date(2025, 6, 1)


def june(day: int) -> date:
    """Of the days around June: 0 is the last of May, 31 the first of July."""
    return FIRST + timedelta(days=day - 1)


def grant(name: str, amount: int, start: int, end: int | None = None, **more: object) -> CreditGrant:
    expires_on = None if end is None else june(end)
    fields = {"id": name, "currency_id": "cc_1", "amount_micro": amount, "starts_on": june(start), **more}
    return CreditGrant.model_validate({**fields, "expires_on": expires_on})


def need(micro: int, day: int, *, seat: str | None = None, charged: int | None = None, source: str = "a") -> Need:
    seats = frozenset[str]() if seat is None else frozenset({seat})
    return Need(source, june(day), micro, seat_ids=seats, charged_on=None if charged is None else june(charged))


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


def test_an_infinite_grant_gives_whatever_is_asked_after_those_that_end() -> None:
    grants = [grant("all", 0, 1, 20, is_infinite=True), grant("some", 10, 1)]

    state = burn_down(grants, [need(1_000, 2)], through=june(2))

    assert [(pot.grant.id, pot.available, pot.used) for pot in state.pots] == [("all", 0, 990), ("some", 0, 10)]


# ---- the law


days = st.integers(1, 12)
SEATS: tuple[str | None, ...] = (None, "s1", "s2")


@st.composite
def some_grants(draw: st.DrawFn) -> list[CreditGrant]:
    made: list[CreditGrant] = []
    for place in range(draw(st.integers(0, 5))):
        start = draw(days)
        end = draw(st.none() | st.integers(start + 1, 16))
        rolls = end is not None and draw(st.booleans())
        rollover = Rollover(amount_micro=draw(st.integers(0, 9)), until=june(end + 3)) if rolls and end else None
        more = {"rollover": rollover, "seat_id": draw(st.sampled_from(SEATS)), "is_infinite": draw(st.booleans())}
        made.append(grant(f"g{place}", draw(st.integers(0, 9)), start, end, **more))
    return made


needs_of = st.lists(
    st.builds(
        lambda day, micro, seat, charged: need(micro, day, seat=seat, charged=15 if charged else None),
        days,
        st.integers(1, 6),
        st.sampled_from(SEATS),
        st.booleans(),
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
    assert len(state.pots) == sum(grant.starts_on <= june(day) for grant in grants)
    used = sum(pot.used for pot in state.pots)
    unmet = sum(each.unmet for each in (*state.pending, *state.overage))
    assert used + unmet == sum(need.micro for need in needs if need.day <= june(day))


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

    free, taken = _on_paper(grants, needs, june(day))

    for pot in state.pots:
        assert pot.used == taken[pot.grant.id]
        if not pot.grant.is_infinite:
            assert pot.available == free[pot.grant.id]


def _on_paper(
    grants: Sequence[CreditGrant], needs: Sequence[Need], last: date
) -> tuple[dict[str, int], dict[str, int]]:
    free = {grant.id: grant.amount_micro for grant in grants}
    taken = dict.fromkeys(free, 0)
    open_credits: list[Need] = []
    today = june(0)
    while today <= last:
        for each in grants:
            if each.expires_on == today:
                free[each.id] = min(free[each.id], each.rollover.amount_micro) if each.rollover else 0
            if each.gone_on == today:
                free[each.id] = 0
        open_credits = [one for one in open_credits if one.charged_on is None or one.charged_on > today]
        for need_ in needs:
            open_credits += [need_] * need_.micro if need_.day == today else []
        still: list[Need] = []
        for one in open_credits:
            usable = [
                each
                for each in grants
                if each.holds_on(today)
                and (each.seat_id is None or each.seat_id in one.seat_ids)
                and (each.is_infinite or free[each.id])
            ]
            if not usable:
                still.append(one)
                continue
            best = min(
                usable,
                key=lambda g: (g.seat_id is None, g.is_infinite, g.gone_on or date.max, g.starts_on, g.id),
            )
            taken[best.id] += 1
            free[best.id] -= 0 if best.is_infinite else 1
        open_credits = still
        today += timedelta(days=1)
    return free, taken


def _shuffled(things: list, random: object) -> list:  # type: ignore[type-arg]
    mixed = list(things)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    return mixed
