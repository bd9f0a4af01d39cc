"""Seats of an amended order: taken away while somebody sits there, or about to be, and assigned meanwhile."""

from typing import Any

import pytest

from tests.functions.amending import amend, component, quantity, replayed, sold
from tests.functions.sales import Seller, at, seats, seller
from tests.world import Answer, World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    made = seller(empty_world, clock="2025-03-01")
    for name in ("ada", "bob"):
        made.tenant.call("PUT", f"/customers/acme/users/{name}", {"name": name})
    return made


def listed(acme: Seller, order: Any) -> list[Any]:
    found: list[Any] = acme.tenant.get(f"/orders/{order['id']}/seats")["data"]
    return found


def sitting(acme: Seller, order: Any) -> list[str | None]:
    """The users on the order's seats, None for an empty one."""
    return [seat["assignee"] and seat["assignee"]["externalId"] for seat in listed(acme, order)]


def sit(acme: Seller, order: Any, seat_id: str, name: str | None) -> Answer:
    return acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{seat_id}", {"userExternalId": name})


@pytest.mark.parametrize("treatment", ["none", "prorate"])
def test_a_seat_is_not_taken_away_under_its_user(acme: Seller, treatment: str) -> None:
    """Of two seats the second goes first, and Ada sits there: she moves to the first, and then it goes."""
    order = sold(acme, seats(at(10_00)), quantity=2)
    first, second = (seat["id"] for seat in listed(acme, order))
    sit(acme, order, second, "ada")
    acme.clock("2025-03-15")
    team = component(acme, order)

    refused = amend(acme, order, quantity(team, 1, treatment))
    ended = amend(acme, order, {"type": "endAttribute", "orderLineAttributeId": team, "treatment": treatment})

    assert (refused.status, ended.status) == (400, 400)
    assert f"user ada sits on seat {second}, which would go" in refused.sentence
    assert f"user ada sits on seat {second}; expected nobody" in ended.sentence
    assert sitting(acme, order) == [None, "ada"]
    sit(acme, order, second, None)
    sit(acme, order, first, "ada")
    assert amend(acme, order, quantity(team, 1, treatment)).status == 200
    assert sitting(acme, order)[0] == "ada"
    assert replayed(acme)[1] == []


def test_a_seat_that_goes_at_once_is_gone_and_one_that_goes_with_the_period_takes_nobody_any_more(
    acme: Seller,
) -> None:
    """Three seats: the third goes today, the second on 1 April; Bob may sit on the first."""
    order = sold(acme, seats(at(10_00)), quantity=3)
    first, second, third = (seat["id"] for seat in listed(acme, order))
    acme.clock("2025-03-15")
    assert amend(acme, order, quantity(component(acme, order), 2)).status == 200
    assert amend(acme, order, quantity(component(acme, order), 1, "none")).status == 200

    gone, ends, stays = (sit(acme, order, seat_id, "bob") for seat_id in (third, second, first))

    assert (gone.status, gone.body["code"]) == (404, "NOT_FOUND")
    assert (ends.status, ends.body["code"]) == (400, "SEAT_ENDS")
    assert stays.status == 200
    assert sitting(acme, order) == ["bob", None]
    acme.clock("2025-04-01")
    assert sitting(acme, order) == ["bob"]
    # 3 x 10.00; less 30.00 and 20.00 x 17/31; 1 x 10.00
    assert acme.totals() == [("2025-03-01", 30_00), ("2025-03-15", 10_97 - 16_45), ("2025-04-01", 10_00)]
    assert replayed(acme) == (3, [])


def test_seats_that_come_back_are_those_that_went(acme: Seller) -> None:
    order = sold(acme, seats(at(10_00)), quantity=2)
    before = [seat["id"] for seat in listed(acme, order)]
    sit(acme, order, before[0], "ada")
    acme.clock("2025-03-15")

    amend(acme, order, quantity(component(acme, order), 1))
    amend(acme, order, quantity(component(acme, order), 2))

    assert [seat["id"] for seat in listed(acme, order)] == before
    assert sitting(acme, order) == ["ada", None]
    acme.clock("2025-03-16")
    assert sum(total for _, total in acme.totals()) == 20_00
    assert replayed(acme)[1] == []


def test_where_all_seats_go_with_the_period_none_of_them_takes_anybody_any_more(acme: Seller) -> None:
    order = sold(acme, seats(at(10_00)), quantity=2)
    first, _ = (seat["id"] for seat in listed(acme, order))
    acme.clock("2025-03-15")
    team = component(acme, order)
    assert amend(acme, order, {"type": "endAttribute", "orderLineAttributeId": team, "treatment": "none"}).status == 200

    refused = sit(acme, order, first, "bob")

    assert (refused.status, refused.body["code"]) == (400, "SEAT_ENDS")
    assert sit(acme, order, first, None).status == 200
    assert sitting(acme, order) == [None, None]
