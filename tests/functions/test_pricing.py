"""`/pricing`: a product's prices, attribute by attribute."""

from typing import Any

import pytest

from functions.billing.errors import shown
from functions.wiring import entities
from tests.world import Tenant, World

FEE = {
    "pricingType": "RecurringPerUnit",
    "billingFrequency": "Monthly",
    "pricePoints": [{"currency": "USD", "unitPrice": 500}],
}
DEARER = {**FEE, "pricePoints": [{"currency": "USD", "unitPrice": 600}]}


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant()


@pytest.fixture
def product(acme: Tenant) -> Any:
    """A product with two attributes."""
    path = f"/products/{acme.create('/products/', name='AI SDR')['id']}"
    attributes = [{"name": "Fee", "pricing": FEE}, {"name": "Extra", "pricing": FEE, "active": False}]
    return acme.call("PUT", path, {"productAttributes": attributes}).body


def test_the_prices_of_a_product_are_those_of_all_its_attributes(acme: Tenant, product: Any) -> None:
    listed = acme.get("/pricing/", productId=product["id"])

    assert listed == {
        "data": [
            {name: attribute[name] for name in ("productAttributeId", "name", "pricing", "creditBenefits")}
            for attribute in product["productAttributes"]
        ]
    }


def test_an_attribute_is_found_by_its_id_alone(acme: Tenant, product: Any) -> None:
    attribute_id = product["productAttributes"][1]["productAttributeId"]

    assert acme.get(f"/pricing/{attribute_id}")["name"] == "Extra"


def test_a_new_price_is_a_new_version_of_that_attribute_alone(acme: Tenant, product: Any) -> None:
    fee, extra = product["productAttributes"]

    answer = acme.call("PUT", f"/pricing/{fee['productAttributeId']}", {"pricing": DEARER, "creditBenefits": []})

    assert answer.status == 200
    assert answer.body["pricing"]["pricePoints"] == DEARER["pricePoints"]
    assert acme.get(f"/products/{product['id']}")["productAttributes"] == [
        {**fee, "pricing": answer.body["pricing"]},
        extra,
    ]
    attributes = entities.products().get(acme.organization_id, product["id"]).attributes
    assert [attribute.pricing_version for attribute in attributes] == [2, 1]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "pricing is missing"),
        (
            {"pricing": {**FEE, "pricePoints": [{"currency": "USD", "unitPrice": -1}]}},
            "pricing.pricePoints[0].unitPrice is -1: expected at least 0",
        ),
        (
            {"pricing": {**FEE, "pricingType": "UsagePrepaidCredits"}},
            "pricing: creditsCurrencyId is missing, expected the id of a credit currency",
        ),
        (
            {"pricing": {**FEE, "pricingType": "RecurringVolume"}},
            "pricing: tiers are missing, expected at least one: the pricing model is volumePricing",
        ),
        (
            {"pricing": DEARER, "creditBenefits": [{}]},
            "creditBenefits[0].creditsCurrencyId is missing",
        ),
    ],
)
def test_a_bad_price_changes_nothing(acme: Tenant, product: Any, body: object, sentence: str) -> None:
    attribute = product["productAttributes"][0]

    answer = acme.call("PUT", f"/pricing/{attribute['productAttributeId']}", body)

    assert (answer.status, answer.sentence) == (400, sentence)
    assert acme.get(f"/pricing/{attribute['productAttributeId']}")["pricing"] == attribute["pricing"]


def test_what_is_unknown_is_not_found(acme: Tenant, product: Any) -> None:
    next_id = product["productAttributes"][1]["productAttributeId"][:-1] + "3"

    for attribute_id in (next_id, "pa_none_1", "pa_", "none", "x" * 3000):
        for answer in (
            acme.call("GET", f"/pricing/{attribute_id}"),
            acme.call("PUT", f"/pricing/{attribute_id}", {"pricing": FEE}),
        ):
            assert (answer.status, answer.sentence) == (404, f"product attribute {shown(attribute_id)} was not found")
    assert acme.call("GET", "/pricing/", query={"productId": "prod_none"}).status == 404


def test_a_listing_of_prices_needs_a_product(acme: Tenant) -> None:
    answer = acme.call("GET", "/pricing/")

    assert (answer.status, answer.sentence) == (400, "productId is missing")


def test_another_tenants_prices_are_not_there(world: World, acme: Tenant, product: Any) -> None:
    other = world.tenant("Other")
    attribute = product["productAttributes"][0]
    path = f"/pricing/{attribute['productAttributeId']}"

    assert other.call("GET", "/pricing/", query={"productId": product["id"]}).status == 404
    assert other.call("GET", path).status == 404
    assert other.call("PUT", path, {"pricing": DEARER}).status == 404
    assert acme.get(path)["pricing"] == attribute["pricing"]
