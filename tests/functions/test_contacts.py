"""`/contacts` through its handler."""

from typing import Any

import pytest

from functions.contacts.schemas import CreateContact, UpdateContact
from tests.refusals import refusal_of
from tests.world import Tenant, World


@pytest.fixture
def acme(world: World) -> Tenant:
    tenant = world.tenant()
    tenant.create("/customers/", name="Acme Ltd", externalId="acme")
    return tenant


def contact_of(tenant: Tenant, **fields: object) -> Any:
    customer_id = tenant.get("/customers/external/acme")["id"]
    return tenant.create("/contacts/", customerId=customer_id, email="john@acme.example", **fields)


def test_a_contact_is_created_and_read_by_both_ids(acme: Tenant) -> None:
    contact = contact_of(
        acme,
        firstName="John",
        lastName="Doe",
        externalId="john",
        billingAddress={"street": "1 Way", "zipCode": "89073"},
        roles=["BILLING"],
    )

    assert contact == {
        "id": contact["id"],
        "customerId": acme.get("/customers/external/acme")["id"],
        "firstName": "John",
        "lastName": "Doe",
        "email": "john@acme.example",
        "phone": None,
        "billingAddress": {"street": "1 Way", "city": None, "state": None, "country": None, "zipCode": "89073"},
        "externalId": "john",
        "roles": ["BILLING"],
        "createdAt": contact["createdAt"],
        "updatedAt": contact["createdAt"],
    }
    assert acme.get(f"/contacts/{contact['id']}") == contact
    assert acme.get("/contacts/external/john") == contact


def test_the_pages_of_the_listing_are_exact(acme: Tenant) -> None:
    contacts = [contact_of(acme)["id"] for _ in range(3)]

    page = acme.get("/contacts/", limit=2, offset=1)

    assert [contact["id"] for contact in page["data"]] == contacts[1:]
    assert page["pagination"] == {"limit": 2, "offset": 1, "total": 3, "hasMore": False}


def test_an_update_keeps_what_is_absent_and_clears_what_is_null(acme: Tenant) -> None:
    contact = contact_of(acme, firstName="John", phone="1", externalId="john", roles=["BILLING"])

    answer = acme.call("PUT", "/contacts/external/john", {"firstName": None, "phone": None, "roles": None})

    assert answer.body == {
        **contact,
        "firstName": "",
        "phone": None,
        "roles": [],
        "updatedAt": answer.body["updatedAt"],
    }


def test_a_contact_may_move_to_another_customer_but_not_to_none(acme: Tenant) -> None:
    other = acme.create("/customers/", name="Other Ltd")
    path = f"/contacts/{contact_of(acme)['id']}"

    moved = acme.call("PUT", path, {"customerId": other["id"]})
    lost = acme.call("PUT", path, {"customerId": "cus_none"})

    assert (moved.status, moved.body["customerId"]) == (200, other["id"])
    assert (lost.status, lost.sentence) == (
        400,
        "customerId is 'cus_none', expected the id of an existing customer",
    )
    assert acme.get(path)["customerId"] == other["id"]


def test_a_deleted_contact_is_gone(acme: Tenant) -> None:
    contact_of(acme, externalId="john")

    assert acme.call("DELETE", "/contacts/external/john").body == {}

    assert acme.call("GET", "/contacts/external/john").status == 404
    assert acme.get("/contacts/")["pagination"]["total"] == 0


def test_an_external_id_leads_to_one_contact_only(acme: Tenant) -> None:
    contact = contact_of(acme, externalId="john")
    body = {"customerId": contact["customerId"], "email": "jane@acme.example", "externalId": "john"}

    answer = acme.call("POST", "/contacts/", body)

    assert (answer.status, answer.body["code"]) == (400, "EXTERNAL_ID_EXISTS")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"email": "a@b"}, "customerId is missing"),
        ({"customerId": "cus_1"}, "email is missing"),
        ({"customerId": "cus_1", "email": None}, "email is missing"),
        (
            {"customerId": "cus_1", "email": "john"},
            "email is 'john': expected an email address such as ada@example.com",
        ),
        (
            {"customerId": "cus_1", "email": "a@b", "roles": ["CEO"]},
            "roles[0] is 'CEO': expected 'BILLING' or 'ACCOUNTS_PAYABLE'",
        ),
    ],
)
def test_a_bad_contact_is_refused_with_the_field_and_the_value(body: object, sentence: str) -> None:
    assert refusal_of(CreateContact, body) == sentence


def test_an_email_cannot_be_cleared() -> None:
    assert refusal_of(UpdateContact, {"email": None}) == "email is null: expected a text"


def test_a_contact_of_no_customer_is_not_made(world: World, acme: Tenant) -> None:
    foreign = world.tenant("Other").create("/customers/", name="Other Ltd")["id"]

    for customer_id in ("cus_none", foreign):
        answer = acme.call("POST", "/contacts/", {"customerId": customer_id, "email": "a@b"})
        assert answer.status == 400
        assert answer.sentence == f"customerId is '{customer_id}', expected the id of an existing customer"
    assert acme.get("/contacts/")["pagination"]["total"] == 0


def test_another_tenants_contact_is_not_there(world: World, acme: Tenant) -> None:
    other = world.tenant("Other")
    contact = contact_of(acme, externalId="john")

    for path in (f"/contacts/{contact['id']}", "/contacts/external/john"):
        for method in ("GET", "PUT", "DELETE"):
            assert other.call(method, path, {} if method == "PUT" else None).status == 404
    assert acme.get("/contacts/external/john") == contact
