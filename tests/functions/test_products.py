"""`/products` through its handler; its prices are in test_product_attributes.py."""

from datetime import date

import pytest

from functions.billing.models.product import Product
from functions.billing.periods import midnight
from functions.products.schemas import CreateProduct
from functions.wiring import entities
from tests.refusals import refusal_of
from tests.world import Tenant, World

TODAY = date(2025, 5, 25)


def names(tenant: Tenant, **query: object) -> list[str]:
    return [product["name"] for product in tenant.get("/products/", **query)["data"]]


def test_a_new_product_is_for_sale_and_has_what_was_said_of_it(world: World) -> None:
    acme = world.tenant(clock=TODAY)

    product = acme.create("/products/", name="AI SDR", externalId="ai-sdr-001", metadata={"team": None})

    assert product == {
        "id": product["id"],
        "name": "AI SDR",
        "description": None,
        "active": True,
        "productCode": None,
        "externalId": "ai-sdr-001",
        "archivedAt": None,
        "metadata": {"team": None},
        "createdAt": "2025-05-25T00:00:00.000Z",
        "updatedAt": "2025-05-25T00:00:00.000Z",
    }


def test_a_product_is_read_by_both_ids_with_its_attributes(world: World) -> None:
    acme = world.tenant()
    product = acme.create("/products/", name="AI SDR", externalId="eu/sdr 1")

    assert acme.get(f"/products/{product['id']}") == {**product, "productAttributes": []}
    assert acme.get("/products/external/eu%2Fsdr 1") == {**product, "productAttributes": []}


def test_a_product_may_begin_as_a_draft(world: World) -> None:
    acme = world.tenant()

    assert acme.create("/products/", name="AI SDR", active=False)["active"] is False


def test_the_listing_is_filtered_by_part_of_the_name_activity_and_archival(world: World) -> None:
    acme = world.tenant(clock=TODAY)
    acme.create("/products/", name="AI SDR")
    acme.create("/products/", name="Chatbot", active=False)
    old = acme.create("/products/", name="Old SDR")
    archive(acme, old["id"])

    assert names(acme) == ["AI SDR", "Chatbot", "Old SDR"]
    assert names(acme, name="sdr") == ["AI SDR", "Old SDR"]
    assert names(acme, active="false") == ["Chatbot"]
    assert names(acme, archived="true") == ["Old SDR"]
    assert names(acme, archived="false", active="true") == ["AI SDR"]


def test_the_pages_of_the_listing_are_exact(world: World) -> None:
    acme = world.tenant()
    for name in ("A", "B", "C"):
        acme.create("/products/", name=name)

    first = acme.get("/products/", limit=2)
    last = acme.get("/products/", limit=2, offset=2)
    filtered = acme.get("/products/", limit=1, name="a")

    assert [product["name"] for product in first["data"]] == ["A", "B"]
    assert first["pagination"] == {"limit": 2, "offset": 0, "total": 3, "hasMore": True}
    assert [product["name"] for product in last["data"]] == ["C"]
    assert last["pagination"] == {"limit": 2, "offset": 2, "total": 3, "hasMore": False}
    assert filtered["pagination"] == {"limit": 1, "offset": 0, "total": 1, "hasMore": False}


def test_an_update_keeps_what_is_absent_and_clears_what_is_null(world: World) -> None:
    acme = world.tenant()
    product = acme.create("/products/", name="AI SDR", description="Sells", productCode="PROD-001", externalId="sdr")

    answer = acme.call("PUT", "/products/external/sdr", {"description": None, "externalId": "sdr-2"})

    assert answer.status == 200
    assert answer.body["description"] is None
    assert answer.body["productCode"] == "PROD-001"
    assert acme.get("/products/external/sdr-2")["id"] == product["id"]
    assert acme.call("GET", "/products/external/sdr").status == 404


def test_an_external_id_leads_to_one_product_only(world: World) -> None:
    acme = world.tenant()
    acme.create("/products/", name="AI SDR", externalId="sdr")
    other = acme.create("/products/", name="Chatbot")

    again = acme.call("POST", "/products/", {"name": "Copy", "externalId": "sdr"})
    moved = acme.call("PUT", f"/products/{other['id']}", {"name": "Copy", "externalId": "sdr"})

    assert (again.status, again.body["code"]) == (400, "EXTERNAL_ID_EXISTS")
    assert (moved.status, moved.body["code"]) == (400, "EXTERNAL_ID_EXISTS")
    assert moved.sentence == "externalId 'sdr' is already used by another product"
    assert names(acme) == ["AI SDR", "Chatbot"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "name is missing"),
        ({"name": ""}, "name is '': expected a text with at least 1 character"),
        ({"name": "x", "active": "yes"}, "active is 'yes': expected true or false"),
        ({"name": "x", "externalId": ""}, "externalId is '': expected a text with at least 1 character"),
        (
            {"name": "x", "metadata": {"note": "n" * 16_374}},
            "metadata: expected at most 16384 bytes of JSON, it has 16385",
        ),
        ([], "the body is [], expected an object"),
    ],
)
def test_a_bad_product_is_refused_with_the_field_and_the_value(body: object, sentence: str) -> None:
    assert refusal_of(CreateProduct, body) == sentence


def test_a_bad_product_is_not_made(world: World) -> None:
    acme = world.tenant()

    answer = acme.call("POST", "/products/", {"name": "x", "active": "yes"})

    assert (answer.status, answer.body["code"]) == (400, "INVALID_INPUT")
    assert names(acme) == []


def test_metadata_may_be_as_large_as_the_limit(world: World) -> None:
    world.tenant().create("/products/", name="x", metadata={"note": "n" * 16_373})


def test_another_tenants_product_is_not_there(world: World) -> None:
    acme, other = world.tenant(), world.tenant("Other")
    product = acme.create("/products/", name="AI SDR", externalId="sdr")

    for path in (f"/products/{product['id']}", "/products/external/sdr"):
        assert other.call("GET", path).status == 404
        assert other.call("PUT", path, {"name": "Stolen"}).status == 404
    assert names(other) == []
    assert names(acme) == ["AI SDR"]


def test_an_unknown_product_is_not_found(world: World) -> None:
    acme = world.tenant()

    for path in ("/products/prod_none", "/products/" + "x" * 3000, "/products/external/none"):
        answer = acme.call("GET", path)
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


def archive(tenant: Tenant, product_id: str) -> None:
    """No route of the contract archives yet."""

    def change(product: Product) -> Product:
        return product.model_copy(update={"archived_at": midnight(TODAY)})

    entities.products().modify(tenant.organization_id, product_id, change)
