"""`/customers/{id}/state`: how a customer stands at this moment, and what its users do to its seats."""

from datetime import date
from typing import Any

import pytest

from functions.runtime.chance import real_now
from functions.wiring import identity
from tests.world import Tenant, World

SEATS = {
    "name": "Seats",
    "pricing": {
        "pricingType": "SeatBasedPerUnit",
        "billingFrequency": "Monthly",
        "pricePoints": [{"currency": "USD", "unitPrice": 3000}],
    },
}


@pytest.fixture
def acme(world: World) -> Tenant:
    tenant = world.tenant(clock=date(2025, 6, 1))
    tenant.create("/customers/", name="Acme Ltd", externalId="acme", billingAddress={"city": "Ulm"})
    tenant.create("/products/", name="AI SDR", externalId="sdr")
    tenant.call("PUT", "/products/external/sdr", {"productAttributes": [SEATS]})
    return tenant


def state(tenant: Tenant) -> Any:
    return tenant.get("/customers/external/acme/state")


def order(tenant: Tenant, *, seats: int, **fields: object) -> str:
    line = {
        "productId": tenant.get("/products/external/sdr")["id"],
        "attributes": [{"name": "Seats", "quantity": seats}],
    }
    customer_id = tenant.get("/customers/external/acme")["id"]
    return str(tenant.create("/orders/", customerId=customer_id, lines=[line], **fields)["id"])


def sit(tenant: Tenant, order_id: str, user: str, *, seat: int) -> None:
    tenant.call("PUT", f"/customers/acme/users/{user}", {"name": user.title()})
    seat_id = tenant.get(f"/orders/{order_id}/seats")["data"][seat]["id"]
    assert tenant.call("PUT", f"/orders/{order_id}/seats/{seat_id}", {"userExternalId": user}).status == 200


def seated(tenant: Tenant) -> list[str | None]:
    """Who sits on each seat."""
    return [seat["assignee"] and seat["assignee"]["externalId"] for seat in state(tenant)["seats"]["data"]]


def test_a_customer_without_orders_has_an_empty_state(acme: Tenant) -> None:
    customer = acme.get("/customers/external/acme")

    assert acme.get(f"/customers/{customer['id']}/state") == {
        "customer": {
            "id": customer["id"],
            "name": "Acme Ltd",
            "externalId": "acme",
            "billingAddress": customer["billingAddress"],
        },
        "defaultCurrency": "USD",
        "orders": [],
        "seats": {"total": 0, "assigned": 0, "unassigned": 0, "data": []},
        "checkoutLinks": [],
        "credits": {"balances": []},
        "timestamp": "2025-06-01T00:00:00.000Z",
    }


def test_the_state_names_orders_as_they_are_today(acme: Tenant) -> None:
    end = "2025-07-01T00:00:00.000Z"
    order(acme, seats=1, name="First", externalId="o-1", endDate=end, creationState="active")
    order(acme, seats=1, name="Next")

    first, following = state(acme)["orders"]
    identity.organizations().set_clock(acme.organization_id, date(2025, 7, 1), now=real_now())
    later = [(shown["name"], shown["state"]) for shown in state(acme)["orders"]]

    assert first == {
        "id": first["id"],
        "externalId": "o-1",
        "name": "First",
        "state": "active",
        "currency": "USD",
        "startDate": "2025-06-01T00:00:00.000Z",
        "endDate": end,
        "effectiveUntil": end,
    }
    assert (following["state"], following["effectiveUntil"]) == ("draft", None)
    assert later == [("First", "ended"), ("Next", "draft")]


def test_the_seats_are_those_that_the_orders_pay_for(acme: Tenant) -> None:
    order_id = order(acme, seats=3)
    sit(acme, order_id, "bob", seat=1)

    seats = state(acme)["seats"]

    assert (seats["total"], seats["assigned"], seats["unassigned"]) == (3, 1, 2)
    assert [seat["id"] for seat in seats["data"]] == [
        seat["id"] for seat in acme.get(f"/orders/{order_id}/seats")["data"]
    ]
    taken = seats["data"][1]
    assert taken == {
        "id": taken["id"],
        "orderId": order_id,
        "product": {"id": taken["product"]["id"], "externalId": "sdr", "name": "AI SDR"},
        "status": "assigned",
        "assignee": {"id": taken["assignee"]["id"], "externalId": "bob", "name": "Bob", "email": None},
        "credits": {"balances": []},
    }
    assert (seats["data"][0]["status"], seats["data"][0]["assignee"]) == ("unassigned", None)


def test_an_ended_order_gives_no_seats(acme: Tenant) -> None:
    order(acme, seats=2, endDate="2025-07-01T00:00:00Z", creationState="active")
    order(acme, seats=1)
    identity.organizations().set_clock(acme.organization_id, date(2025, 7, 1), now=real_now())

    assert state(acme)["seats"]["total"] == 1


def test_a_deactivated_user_leaves_its_seats_on_all_orders_and_does_not_come_back_to_them(acme: Tenant) -> None:
    first, second = order(acme, seats=2), order(acme, seats=1)
    sit(acme, first, "bob", seat=0)
    sit(acme, first, "eve", seat=1)
    sit(acme, second, "bob", seat=0)
    assert seated(acme) == ["bob", "eve", "bob"]

    acme.call("PUT", "/customers/acme/users/bob", {"status": "deactivated"})
    assert seated(acme) == [None, "eve", None]

    acme.call("PUT", "/customers/acme/users/bob", {"status": "active"})
    assert seated(acme) == [None, "eve", None]


def test_only_customers_of_the_tenant_have_a_state(world: World, acme: Tenant) -> None:
    other = world.tenant("Other")
    customer_id = acme.get("/customers/external/acme")["id"]

    assert other.call("GET", f"/customers/{customer_id}/state").status == 404
    assert other.call("GET", "/customers/external/acme/state").status == 404
    assert acme.call("GET", "/customers/cus_none/state").status == 404
