"""`/orders/{id}/seats` through its handler: who sits where. What is billed never changes by it."""

from typing import Any

import pytest

from tests.functions.sales import Seller, at, fee, once, seats, seller, usage
from tests.world import Answer, World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """Its customer has the users ada and bob, and cyd, who has left."""
    made = seller(empty_world)
    for name, status in (("ada", "active"), ("bob", "active"), ("cyd", "deactivated")):
        user(made, name, status=status)
    return made


def user(acme: Seller, name: str, **fields: object) -> None:
    answer = acme.tenant.call("PUT", f"/customers/acme/users/{name}", {"email": f"{name}@acme.example", **fields})
    assert answer.status == 200, answer


def order_with(acme: Seller, count: int, **product: object) -> Any:
    """A draft order of so many seats."""
    product_id = acme.product(seats(), **product)
    line = {"productId": product_id, "attributes": [{"name": "Seats", "quantity": count}]}
    return acme.tenant.create("/orders/", customerId=acme.customer_id, lines=[line])


def seats_of(acme: Seller, order: Any, **query: object) -> list[Any]:
    listed: list[Any] = acme.tenant.get(f"/orders/{order['id']}/seats", **query)["data"]
    return listed


def sitting(acme: Seller, order: Any) -> list[str | None]:
    """The users on the order's seats, None for an empty one."""
    return [seat["assignee"] and seat["assignee"]["externalId"] for seat in seats_of(acme, order)]


def seat(acme: Seller, order: Any, index: int, name: str | None) -> Answer:
    """Gives a seat to a user, or frees it."""
    seat_id = seats_of(acme, order)[index]["id"]
    return acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{seat_id}", {"userExternalId": name})


def seat_all(acme: Seller, order: Any, *assignments: tuple[int, str | None]) -> Answer:
    ids = [seat["id"] for seat in seats_of(acme, order)]
    body = {"assignments": [{"seatId": ids[index], "userExternalId": name} for index, name in assignments]}
    return acme.tenant.call("POST", f"/orders/{order['id']}/seat-assignments", body)


# ---- which seats there are


def test_an_order_has_as_many_seats_as_it_was_sold(acme: Seller) -> None:
    order = order_with(acme, 2, externalId="sdr")

    first, second = seats_of(acme, order)

    assert first["id"] != second["id"]
    assert first == {
        "id": first["id"],
        "orderId": order["id"],
        "productExternalId": "sdr",
        "status": "unassigned",
        "assignee": None,
        "createdAt": order["createdAt"],
        "updatedAt": order["createdAt"],
    }


@pytest.mark.parametrize(
    ("attributes", "count"),
    [
        ([seats()], 1),
        ([seats(at(30_00, minQuantity=4))], 4),
        ([seats(at(30_00, minQuantity=2)), seats(at(90_00, minQuantity=3), name="Admin seats")], 5),
        ([fee(), once(), usage()], 0),
        ([], 0),
    ],
)
def test_without_a_quantity_there_are_as_many_seats_as_are_billed_at_least(
    acme: Seller, attributes: list[Any], count: int
) -> None:
    assert len(seats_of(acme, acme.order(*attributes))) == count


def test_the_seats_of_a_product_or_of_a_status_are_listed_alone(acme: Seller) -> None:
    lines = [
        {"productId": acme.product(seats(at(1, minQuantity=2)), externalId=name), "name": name}
        for name in ("sdr", "chatbot")
    ]
    order = acme.tenant.create("/orders/", customerId=acme.customer_id, lines=lines)
    seat(acme, order, 0, "ada")

    assert len(seats_of(acme, order, productExternalId="chatbot")) == 2
    assert [found["assignee"]["externalId"] for found in seats_of(acme, order, status="assigned")] == ["ada"]
    assert len(seats_of(acme, order, status="unassigned", productExternalId="sdr")) == 1


# ---- one seat


def test_a_user_takes_a_seat_and_leaves_it(acme: Seller) -> None:
    order = order_with(acme, 2)

    taken = seat(acme, order, 1, "ada")
    assert sitting(acme, order) == [None, "ada"]
    left = seat(acme, order, 1, None)

    assert taken.body == seats_of(acme, order)[1] | {"status": "assigned", "assignee": taken.body["assignee"]}
    assert taken.body["assignee"].keys() == {"id", "externalId", "email"}
    assert taken.body["assignee"]["email"] == "ada@acme.example"
    assert (left.body["status"], left.body["assignee"]) == ("unassigned", None)


def test_saying_nothing_of_the_user_frees_the_seat(acme: Seller) -> None:
    order = order_with(acme, 1)
    seat(acme, order, 0, "ada")

    acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{seats_of(acme, order)[0]['id']}", {})

    assert sitting(acme, order) == [None]


def test_a_seat_goes_from_one_user_to_another(acme: Seller) -> None:
    order = order_with(acme, 1)

    seat(acme, order, 0, "ada")
    seat(acme, order, 0, "bob")

    assert sitting(acme, order) == ["bob"]


def test_a_seat_says_since_when_it_is_taken(acme: Seller) -> None:
    order = order_with(acme, 2)
    acme.clock("2025-06-05")

    seat(acme, order, 0, "ada")

    assert [found["updatedAt"][:10] for found in seats_of(acme, order)] == ["2025-06-05", "2025-06-01"]


def test_a_user_sits_on_one_seat_of_a_product(acme: Seller) -> None:
    order = order_with(acme, 2)
    seat(acme, order, 0, "ada")

    refused = seat(acme, order, 1, "ada")

    assert (refused.status, refused.body["code"]) == (409, "USER_HAS_SEAT")
    assert refused.sentence == (
        "user ada sits on another seat of the same product, expected no more than one: take the user from it, in the "
        "same batch if you like"
    )
    assert sitting(acme, order) == ["ada", None]
    assert seat(acme, order, 0, "ada").status == 200


def test_a_user_who_has_left_takes_no_seat(acme: Seller) -> None:
    refused = seat(acme, order_with(acme, 1), 0, "cyd")

    assert (refused.status, refused.body["code"]) == (400, "USER_DEACTIVATED")
    assert refused.sentence == "user cyd is deactivated and cannot take a seat"


def test_a_user_who_leaves_leaves_the_seat(acme: Seller) -> None:
    order = order_with(acme, 1)
    seat(acme, order, 0, "ada")

    user(acme, "ada", status="deactivated")
    assert sitting(acme, order) == [None]
    user(acme, "ada", status="active")

    assert sitting(acme, order) == [None]


@pytest.mark.parametrize("name", ["zoe", ""])
def test_a_seat_is_for_the_customers_own_users(acme: Seller, name: str) -> None:
    acme.tenant.create("/customers/", name="Beta", externalId="beta")
    acme.tenant.call("PUT", "/customers/beta/users/zoe", {})

    refused = seat(acme, order_with(acme, 1), 0, name)

    assert (refused.status, refused.sentence) == (
        400,
        f"userExternalId is '{name}', expected a user of customer {acme.customer_id}",
    )


def test_a_seat_of_another_order_is_not_found(acme: Seller) -> None:
    order, other = order_with(acme, 1), order_with(acme, 1)
    seat_id = seats_of(acme, other)[0]["id"]

    refused = acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{seat_id}", {"userExternalId": "ada"})

    assert (refused.status, refused.sentence) == (404, f"seat {seat_id} was not found")


# ---- several seats at once


def test_a_batch_seats_and_frees_and_answers_with_what_it_changed(acme: Seller) -> None:
    order = order_with(acme, 3)
    seat(acme, order, 0, "ada")

    answer = seat_all(acme, order, (0, None), (2, "ada"))

    assert answer.status == 200
    assert sitting(acme, order) == [None, None, "ada"]
    assert answer.body == {"data": [seats_of(acme, order)[0], seats_of(acme, order)[2]]}


def test_users_swap_seats_in_one_batch(acme: Seller) -> None:
    order = order_with(acme, 2)
    seat_all(acme, order, (0, "ada"), (1, "bob"))

    seat_all(acme, order, (0, "bob"), (1, "ada"))

    assert sitting(acme, order) == ["bob", "ada"]


def test_of_two_wishes_for_a_seat_the_later_counts(acme: Seller) -> None:
    order = order_with(acme, 1)

    seat_all(acme, order, (0, "ada"), (0, "bob"))

    assert sitting(acme, order) == ["bob"]


@pytest.mark.parametrize(("bad", "status"), [("ada", 409), ("cyd", 400), ("zoe", 400)])
def test_a_batch_with_one_mistake_changes_nothing(acme: Seller, bad: str, status: int) -> None:
    order = order_with(acme, 3)
    seat(acme, order, 0, "ada")

    refused = seat_all(acme, order, (1, "bob"), (2, bad))

    assert refused.status == status
    assert sitting(acme, order) == ["ada", None, None]


def test_a_batch_with_an_unknown_seat_changes_nothing(acme: Seller) -> None:
    order = order_with(acme, 1)
    ours = seats_of(acme, order)[0]["id"]
    body = {"assignments": [{"seatId": ours, "userExternalId": "ada"}, {"seatId": "none", "userExternalId": "bob"}]}

    refused = acme.tenant.call("POST", f"/orders/{order['id']}/seat-assignments", body)

    assert (refused.status, refused.sentence) == (404, "seat none was not found")
    assert sitting(acme, order) == [None]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "assignments is missing"),
        ({"assignments": {}}, "assignments is {}: expected a list"),
        ({"assignments": [{}]}, "assignments[0].seatId is missing"),
        ({"assignments": [1]}, "assignments[0] is 1, expected an object"),
    ],
)
def test_a_batch_that_is_none_is_refused(acme: Seller, body: Any, sentence: str) -> None:
    refused = acme.tenant.call("POST", f"/orders/{order_with(acme, 1)['id']}/seat-assignments", body)

    assert (refused.status, refused.sentence) == (400, sentence)


# ---- the invoice


def test_seats_are_billed_whether_anybody_sits_there_or_not(acme: Seller) -> None:
    order = order_with(acme, 3)
    acme.activate(order)
    seat(acme, order, 0, "ada")

    acme.clock("2025-07-01")

    assert acme.totals() == [("2025-06-01", 3 * 100_00), ("2025-07-01", 3 * 100_00)]
