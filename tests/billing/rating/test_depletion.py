"""Credits are used up where nothing is left of what holds, and somebody took of it."""

from datetime import date, timedelta

import pytest

from functions.billing.models.credit import CreditGrant, Rollover
from functions.billing.rating.burn_down import Need, burn_down
from functions.billing.rating.depletion import is_depleted

TODAY = date(2025, 6, 10)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def granted(id_: str = "g", micro: int = 10, starts_on: date = date(2025, 6, 1), **fields: object) -> CreditGrant:
    return CreditGrant.model_validate(
        {"id": id_, "currency_id": "cc", "amount_micro": micro, "starts_on": starts_on, **fields}
    )


def is_gone(*grants: CreditGrant, taken: int, day: date = TODAY, on: date = TODAY) -> bool:
    burnt = burn_down(grants, [Need("price", day, taken)] if taken else [], through=on)
    return is_depleted(burnt, on=on)


@pytest.mark.parametrize(("taken", "expected"), [(0, False), (9, False), (10, True), (11, True)])
def test_the_last_millionth_decides(taken: int, *, expected: bool) -> None:
    assert is_gone(granted(), taken=taken) is expected


def test_all_of_several_grants_are_used_up() -> None:
    assert not is_gone(granted("one"), granted("two"), taken=19)
    assert is_gone(granted("one"), granted("two"), taken=20)


def test_what_expired_is_not_used_up() -> None:
    assert not is_gone(granted(expires_on=TODAY), taken=10, day=YESTERDAY, on=TODAY)
    assert is_gone(granted(expires_on=TOMORROW), taken=10, day=YESTERDAY, on=TODAY)


def test_what_rolls_over_is_left() -> None:
    rolls = granted(expires_on=TODAY, rollover=Rollover(amount_micro=3, until=TOMORROW))

    assert not is_gone(rolls, taken=7, day=YESTERDAY)
    assert is_gone(rolls, taken=10, day=YESTERDAY)


def test_a_seats_own_are_left_to_the_customer() -> None:
    assert not is_gone(granted(), granted("seat", seat_id="seat_1"), taken=10)


def test_credits_without_end_are_never_used_up() -> None:
    assert not is_gone(granted(), granted("endless", is_infinite=True), taken=1_000)


def test_nothing_granted_is_nothing_used_up() -> None:
    assert not is_gone(taken=5)
    assert not is_gone(granted(starts_on=TOMORROW), taken=5)
