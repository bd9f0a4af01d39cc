"""`/customers/{id}/aliases`: other external ids that lead to the same customer."""

import pytest

from functions.wiring import entities
from tests.world import Tenant, World


@pytest.fixture
def acme(world: World) -> Tenant:
    tenant = world.tenant()
    tenant.create("/customers/", name="Acme Ltd", externalId="acme")
    return tenant


def customer_id(tenant: Tenant) -> str:
    return str(tenant.get("/customers/external/acme")["id"])


def test_an_alias_leads_to_the_customer_as_its_external_id_does(acme: Tenant) -> None:
    alias = acme.create("/customers/external/acme/aliases", alias="crm/1", name="CRM", description="From the CRM")

    assert alias == {
        "alias": "crm/1",
        "customerId": customer_id(acme),
        "name": "CRM",
        "description": "From the CRM",
        "createdAt": alias["createdAt"],
        "updatedAt": alias["createdAt"],
    }
    assert acme.get("/customers/external/crm%2F1") == acme.get("/customers/external/acme")
    assert entities.customers().resolve(acme.organization_id, "crm/1") == customer_id(acme)


def test_aliases_are_listed_by_both_ids_in_exact_pages(acme: Tenant) -> None:
    by_id = f"/customers/{customer_id(acme)}/aliases"
    for alias in ("c", "a", "b"):
        acme.create(by_id, alias=alias)

    first, rest = acme.get(by_id, limit=2), acme.get("/customers/external/acme/aliases", limit=2, offset=2)

    assert [alias["alias"] for alias in (*first["data"], *rest["data"])] == ["a", "b", "c"]
    assert first["pagination"] == {"limit": 2, "offset": 0, "total": 3, "hasMore": True}
    assert rest["pagination"] == {"limit": 2, "offset": 2, "total": 3, "hasMore": False}


def test_an_alias_is_taken_by_any_external_id_or_alias(acme: Tenant) -> None:
    acme.create("/customers/", name="Other Ltd", externalId="other")
    acme.create("/customers/external/other/aliases", alias="crm-1")

    for taken in ("acme", "other", "crm-1"):
        answer = acme.call("POST", "/customers/external/acme/aliases", {"alias": taken})
        assert (answer.status, answer.body["code"]) == (409, "ALIAS_EXISTS")
        assert answer.sentence == f"alias '{taken}' is already an external id or alias of a customer"
    assert acme.get("/customers/external/acme/aliases")["data"] == []


def test_a_deleted_alias_leads_nowhere_and_may_be_given_again(acme: Tenant) -> None:
    acme.create("/customers/external/acme/aliases", alias="crm/1")

    assert acme.call("DELETE", "/customers/external/acme/aliases/crm%2F1").body == {}

    assert acme.call("GET", "/customers/external/crm%2F1").status == 404
    assert acme.call("DELETE", f"/customers/{customer_id(acme)}/aliases/crm%2F1").status == 404
    acme.create("/customers/external/acme/aliases", alias="crm/1")


def test_an_external_id_is_no_alias_to_be_deleted(acme: Tenant) -> None:
    assert acme.call("DELETE", "/customers/external/acme/aliases/acme").status == 404
    assert acme.get("/customers/external/acme")["name"] == "Acme Ltd"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "alias is missing"),
        ({"alias": ""}, "alias is '': expected a text with at least 1 character"),
    ],
)
def test_a_bad_alias_is_refused(acme: Tenant, body: object, sentence: str) -> None:
    answer = acme.call("POST", "/customers/external/acme/aliases", body)

    assert (answer.status, answer.sentence) == (400, sentence)


def test_only_a_known_customer_of_the_tenant_has_aliases(world: World, acme: Tenant) -> None:
    other = world.tenant("Other")
    acme.create("/customers/external/acme/aliases", alias="crm-1")

    for path in (f"/customers/{customer_id(acme)}/aliases", "/customers/external/acme/aliases"):
        assert other.call("GET", path).status == 404
        assert other.call("POST", path, {"alias": "mine"}).status == 404
        assert other.call("DELETE", f"{path}/crm-1").status == 404
    assert acme.call("GET", "/customers/cus_none/aliases").status == 404
    assert acme.call("POST", "/customers/" + "x" * 3000 + "/aliases", {"alias": "mine"}).status == 404
    assert len(acme.get("/customers/external/acme/aliases")["data"]) == 1
