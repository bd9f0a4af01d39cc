"""Credits are used up where nothing is left of what holds, and somebody took of it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.rating.burn_down import Need, burn_down
from functions.billing.rating.depletion import last_of_depleted

TODAY = date(2025, 6, 10)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def granted(id_: str = "g", micro: int = 10, starts_on: date = date(2025, 6, 1), **fields: object) -> CreditGrant:
    return CreditGrant.model_validate(
        {"id": id_, "currency_id": "cc", "amount_micro": micro, "starts_on": starts_on, **fields}
    )


def last(*grants: CreditGrant, taken: int, day: date = TODAY, on: date = TODAY) -> str | None:
    burnt = burn_down(grants, [Need("price", day, taken)] if taken else [], through=on)
    found = last_of_depleted(burnt, on=on)
    return None if found is None else found.id


@pytest.mark.parametrize(("taken", "expected"), [(0, None), (9, None), (10, "g"), (11, "g")])
def test_the_last_millionth_decides(taken: int, expected: str | None) -> None:
    assert last(granted(), taken=taken) == expected


def test_all_of_several_grants_are_used_up_and_the_one_that_came_last_names_it() -> None:
    early, late = granted("early"), granted("late", given_at=datetime(2025, 6, 5, tzinfo=UTC))

    assert last(early, late, taken=19) is None
    assert last(late, early, taken=20) == "late"


def test_a_grant_that_is_gone_names_it_as_long_as_none_came_after() -> None:
    """So an expiry by itself makes no other depletion of what was used up before."""
    short = granted("short", starts_on=YESTERDAY, expires_on=TOMORROW)

    assert last(granted("long"), short, taken=20, on=TODAY) == "short"
    assert last(granted("long"), short, taken=20, on=TOMORROW) == "short"


def test_what_expired_is_not_used_up() -> None:
    assert last(granted(expires_on=TODAY), taken=10, day=YESTERDAY, on=TODAY) is None
    assert last(granted(expires_on=TOMORROW), taken=10, day=YESTERDAY, on=TODAY) == "g"


def test_what_rolls_over_is_left() -> None:
    rolls = granted(expires_on=TODAY, rollover=Rollover(amount_micro=3, until=TOMORROW))

    assert last(rolls, taken=7, day=YESTERDAY) is None
    assert last(rolls, taken=10, day=YESTERDAY) == "g"


def test_a_seats_own_are_left_to_the_customer() -> None:
    assert last(granted(), granted("seat", seat_id="seat_1"), taken=10) is None


def test_credits_without_end_are_never_used_up() -> None:
    assert last(granted(), granted("endless", is_infinite=True), taken=1_000) is None


def test_nothing_granted_is_nothing_used_up() -> None:
    assert last(taken=5) is None
    assert last(granted(starts_on=TOMORROW), taken=5) is None
