"""`/customers` through its handler; aliases, users and state have files of their own."""

from datetime import date
from typing import Any

import pytest

from functions.billing.models.customer import CustomerUser
from functions.billing.usecases.delete_customer import DeleteCustomer
from functions.customers.schemas import CreateCustomer, UpdateCustomer
from functions.runtime.chance import real_now
from functions.wiring import entities, identity, people
from tests.refusals import refusal_of
from tests.world import Tenant, World

TODAY = date(2025, 6, 1)


def names(tenant: Tenant, **query: object) -> list[str]:
    return [customer["name"] for customer in tenant.get("/customers/", **query)["data"]]


def put(tenant: Tenant, path: str, **body: object) -> Any:
    answer = tenant.call("PUT", path, body)
    assert answer.status == 200, answer
    return answer.body


def test_a_new_customer_needs_a_name_and_shows_everything_else(world: World) -> None:
    acme = world.tenant(clock=TODAY)

    customer = acme.create("/customers/", name="Acme Ltd")

    assert customer == {
        "id": customer["id"],
        "name": "Acme Ltd",
        "legalName": None,
        "email": "",
        "phone": "",
        "website": "",
        "externalId": None,
        "billingAddress": None,
        "creationState": "active",
        "status": "active",
        "churnDate": None,
        "vatNumber": None,
        "taxExemptStatus": "none",
        "metadata": None,
        "defaultCurrency": "USD",
        "connections": {},
        "createdAt": "2025-06-01T00:00:00.000Z",
        "updatedAt": "2025-06-01T00:00:00.000Z",
    }


def test_a_customer_is_read_by_both_ids_as_it_was_made(world: World) -> None:
    acme = world.tenant()
    address = {"line1": "1 Way", "line2": None, "city": "Ulm", "state": None, "zipCode": "89073", "country": "DE"}

    customer = acme.create(
        "/customers/",
        name="Acme Ltd",
        externalId="acme",
        email="billing@acme.example",
        billingAddress=address,
        defaultCurrency="JPY",
        metadata={"seats": [1, None]},
    )

    assert customer["billingAddress"] == address
    assert (customer["defaultCurrency"], customer["metadata"]) == ("JPY", {"seats": [1, None]})
    assert acme.get(f"/customers/{customer['id']}") == customer
    assert acme.get("/customers/external/acme") == customer


def test_the_listing_is_filtered(world: World) -> None:
    acme = world.tenant(clock=TODAY)
    acme.create("/customers/", name="Acme Ltd", externalId="acme")
    gone = acme.create("/customers/", name="Gone Ltd")
    put(acme, f"/customers/{gone['id']}", churnDate="2025-05-31T00:00:00Z")
    identity.organizations().set_clock(acme.organization_id, date(2025, 6, 2), now=real_now())
    acme.create("/customers/", name="Draft Inc", creationState="draft")

    assert names(acme) == ["Acme Ltd", "Gone Ltd", "Draft Inc"]
    assert names(acme, name="lTD") == ["Acme Ltd", "Gone Ltd"]
    assert names(acme, status="churned") == ["Gone Ltd"]
    assert names(acme, status="active", name="ltd") == ["Acme Ltd"]
    assert names(acme, creationState="draft") == ["Draft Inc"]
    assert names(acme, createdAtFrom="2025-06-02") == ["Draft Inc"]
    assert names(acme, createdAtFrom="2025-06-02T00:00:00.001Z") == []
    assert names(acme, createdAtTo="2025-06-01") == ["Acme Ltd", "Gone Ltd"]
    assert names(acme, createdAtFrom="2025-06-01", createdAtTo="2025-06-02T00:00:00Z", name="d") == names(acme)
    assert names(acme, externalId="acme") == ["Acme Ltd"]
    assert names(acme, externalId="acme", status="churned") == []
    assert names(acme, externalId="ACME") == []


def test_an_alias_is_no_external_id_to_the_listing(world: World) -> None:
    acme = world.tenant()
    customer = acme.create("/customers/", name="Acme Ltd", externalId="acme")
    acme.create(f"/customers/{customer['id']}/aliases", alias="crm-1")

    assert names(acme, externalId="crm-1") == []


def test_the_pages_of_the_listing_are_exact(world: World) -> None:
    acme = world.tenant()
    for name in ("A", "B", "C"):
        acme.create("/customers/", name=name)

    page = acme.get("/customers/", limit=2, offset=1)

    assert [customer["name"] for customer in page["data"]] == ["B", "C"]
    assert page["pagination"] == {"limit": 2, "offset": 1, "total": 3, "hasMore": False}
    assert acme.get("/customers/", limit=2, name="C")["pagination"]["total"] == 1


def test_an_update_keeps_what_is_absent_and_clears_what_is_null(world: World) -> None:
    acme = world.tenant()
    customer = acme.create(
        "/customers/", name="Acme Ltd", externalId="acme", email="a@acme.example", vatNumber="DE1", metadata={"a": 1}
    )
    path = f"/customers/{customer['id']}"

    updated = put(acme, path, legalName="Acme Limited", email=None, externalId=None, metadata=None)

    assert updated == {
        **customer,
        "legalName": "Acme Limited",
        "email": "",
        "externalId": None,
        "metadata": None,
        "updatedAt": updated["updatedAt"],
    }
    assert acme.call("GET", "/customers/external/acme").status == 404


def test_a_churn_date_makes_a_customer_churned_until_it_is_cleared(world: World) -> None:
    acme = world.tenant()
    path = f"/customers/{acme.create('/customers/', name='Acme Ltd')['id']}"

    churned = put(acme, path, churnDate="2025-06-01T02:00:00+02:00")
    back = put(acme, path, churnDate=None)

    assert (churned["status"], churned["churnDate"]) == ("churned", "2025-06-01T00:00:00.000Z")
    assert (back["status"], back["churnDate"]) == ("active", None)


def test_a_tax_status_is_kept_until_it_is_changed(world: World) -> None:
    acme = world.tenant()
    customer = acme.create("/customers/", name="Acme Ltd", taxExemptStatus="exempt")
    path = f"/customers/{customer['id']}"

    renamed = put(acme, path, name="Acme Limited")
    changed = put(acme, path, taxExemptStatus="reverse")

    statuses = [shown["taxExemptStatus"] for shown in (customer, renamed, changed, acme.get(path))]
    assert statuses == ["exempt", "exempt", "reverse", "reverse"]


def test_an_external_id_leads_to_one_customer_only(world: World) -> None:
    acme = world.tenant()
    acme.create("/customers/", name="Acme Ltd", externalId="acme")
    other = acme.create("/customers/", name="Other Ltd", externalId="other")

    again = acme.call("POST", "/customers/", {"name": "Copy", "externalId": "acme"})
    moved = acme.call("PUT", "/customers/external/other", {"name": "Copy", "externalId": "acme"})

    for answer in (again, moved):
        assert (answer.status, answer.body["code"]) == (400, "EXTERNAL_ID_EXISTS")
    assert names(acme) == ["Acme Ltd", "Other Ltd"]
    assert acme.get("/customers/external/other") == other


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "name is missing"),
        ({"name": "n" * 256}, f"name is '{'n' * 59}...: expected a text with at most 255 characters"),
        ({"name": "x", "email": "nobody"}, "email is 'nobody': expected an email address such as ada@example.com"),
        (
            {"name": "x", "defaultCurrency": "XXX"},
            "defaultCurrency is 'XXX': expected an ISO 4217 code in capitals such as USD",
        ),
        ({"name": "x", "creationState": "new"}, "creationState is 'new': expected 'draft' or 'active'"),
        (
            {"name": "x", "taxExemptStatus": "sometimes"},
            "taxExemptStatus is 'sometimes': expected 'none', 'exempt' or 'reverse'",
        ),
        ({"name": "x", "billingAddress": {"city": 5}}, "billingAddress.city is 5: expected a text"),
    ],
)
def test_a_bad_customer_is_refused_with_the_field_and_the_value(body: object, sentence: str) -> None:
    assert refusal_of(CreateCustomer, body) == sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"name": None}, "name is null: expected a text"),
        ({"taxExemptStatus": None}, "taxExemptStatus is null: expected 'none', 'exempt' or 'reverse'"),
        (
            {"churnDate": "2025-06-01T00:00:00"},
            (
                "churnDate is '2025-06-01T00:00:00': "
                "expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z"
            ),
        ),
    ],
)
def test_a_bad_update_is_refused_with_the_field_and_the_value(body: object, sentence: str) -> None:
    assert refusal_of(UpdateCustomer, body) == sentence


def test_a_bad_update_changes_nothing(world: World) -> None:
    acme = world.tenant()
    customer = acme.create("/customers/", name="Acme Ltd")

    answer = acme.call("PUT", f"/customers/{customer['id']}", {"name": "New", "email": "nobody"})

    assert answer.status == 400
    assert acme.get(f"/customers/{customer['id']}") == customer


def test_a_deleted_customer_takes_its_contacts_aliases_and_users_along(world: World) -> None:
    acme = world.tenant()
    customer_id = customer_with_everything(acme)

    assert acme.call("DELETE", f"/customers/{customer_id}").body == {}

    assert_nothing_is_left(acme, customer_id)
    assert acme.call("DELETE", f"/customers/{customer_id}").status == 404


def test_a_deletion_that_crashed_is_completed_by_repeating_it(world: World) -> None:
    acme = world.tenant()
    customer_id = customer_with_everything(acme)
    crashing = DeleteCustomer(
        customers=entities.customers(), contacts=entities.contacts(), aliases=people.aliases(), users=CrashingUsers()
    )
    with pytest.raises(ConnectionError):
        crashing(acme.organization_id, customer_id)

    assert acme.call("DELETE", "/customers/external/acme").body == {}

    assert_nothing_is_left(acme, customer_id)


def test_a_customer_with_orders_stays_with_all_it_has(world: World) -> None:
    acme = world.tenant()
    customer_id = customer_with_everything(acme)
    order = acme.create("/orders/", customerId=customer_id)

    answer = acme.call("DELETE", f"/customers/{customer_id}")

    assert (answer.status, answer.body["code"]) == (400, "CUSTOMER_HAS_ORDERS")
    assert acme.get("/contacts/external/john")["customerId"] == customer_id
    assert acme.get("/customers/external/crm-1")["id"] == customer_id
    assert acme.call("DELETE", f"/orders/{order['id']}").status == 200
    assert acme.call("DELETE", f"/customers/{customer_id}").status == 200


def test_a_customer_that_is_billed_for_anothers_order_stays(world: World) -> None:
    acme = world.tenant()
    parent, child = (acme.create("/customers/", name=name)["id"] for name in ("Parent", "Child"))
    order = acme.create("/orders/", customerId=child, billingCustomerId=parent)

    assert acme.call("DELETE", f"/customers/{parent}").body["code"] == "CUSTOMER_HAS_ORDERS"
    assert acme.call("PUT", f"/orders/{order['id']}", {"billingCustomerId": None}).status == 200
    assert acme.call("DELETE", f"/customers/{parent}").status == 200


def test_another_tenants_customer_is_not_there(world: World) -> None:
    acme, other = world.tenant(), world.tenant("Other")
    customer = acme.create("/customers/", name="Acme Ltd", externalId="acme")

    for path in (f"/customers/{customer['id']}", "/customers/external/acme"):
        for method in ("GET", "PUT", "DELETE"):
            assert other.call(method, path, {} if method == "PUT" else None).status == 404
    assert names(other) == []
    assert acme.get("/customers/external/acme") == customer


class CrashingUsers:
    """Users of which none can be deleted, because the function dies."""

    def of(self, organization_id: str, customer_id: str) -> list[CustomerUser]:
        return people.users().of(organization_id, customer_id)

    def delete(self, organization_id: str, customer_id: str, external_id: str) -> None:
        raise ConnectionError(organization_id, customer_id, external_id)


def customer_with_everything(tenant: Tenant) -> str:
    customer_id = str(tenant.create("/customers/", name="Acme Ltd", externalId="acme")["id"])
    tenant.create("/contacts/", customerId=customer_id, email="john@acme.example", externalId="john")
    tenant.create("/customers/external/acme/aliases", alias="crm-1")
    put(tenant, "/customers/acme/users/bob", name="Bob")
    return customer_id


def assert_nothing_is_left(tenant: Tenant, customer_id: str) -> None:
    for path in (f"/customers/{customer_id}", "/customers/external/acme", "/customers/external/crm-1"):
        assert tenant.call("GET", path).status == 404
    assert tenant.call("GET", "/contacts/external/john").status == 404
    assert tenant.get("/contacts/")["pagination"]["total"] == 0
    assert tenant.get("/customers/")["pagination"]["total"] == 0
    assert people.users().of(tenant.organization_id, customer_id) == []


def test_a_number_that_json_cannot_show_again_is_refused(world: World) -> None:
    """1e400 is read as infinity, and would be answered as null."""
    acme = world.tenant()
    body = b'{"name": "Acme Ltd", "metadata": {"limit": 1e400}}'

    answer = acme.call("POST", "/customers/", body)

    assert (answer.status, answer.sentence) == (400, "metadata: expected numbers of at most 1.8e308")
    assert acme.get("/customers/")["data"] == []
