"""`PUT /products/{id}`: a product's attributes and what they cost."""

from datetime import date
from typing import Any

import pytest

from functions.billing.models.product import ProductAttribute
from functions.runtime.chance import real_now
from functions.wiring import entities, identity
from tests.world import Answer, Tenant, World

USD = {"currency": "USD", "unitPrice": 50_000}
MONTHLY_FEE = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly", "pricePoints": [USD]}
PER_EMAIL = {
    "pricingType": "UsagePerUnit",
    "eventName": "email_sent",
    "signalType": "activity",
    "pricePoints": [{"currency": "USD", "unitPrice": 10}],
}


def put(tenant: Tenant, product_id: str, *attributes: object) -> Answer:
    return tenant.call("PUT", f"/products/{product_id}", {"productAttributes": list(attributes)})


def shown(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer
    return list(answer.body["productAttributes"])


def stored(tenant: Tenant, product_id: str) -> tuple[ProductAttribute, ...]:
    return entities.products().get(tenant.organization_id, product_id).attributes


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant(clock=date(2025, 5, 25))


@pytest.fixture
def product_id(acme: Tenant) -> str:
    return str(acme.create("/products/", name="AI SDR")["id"])


def test_an_attribute_is_shown_with_its_price(acme: Tenant, product_id: str) -> None:
    (fee,) = shown(put(acme, product_id, {"name": "Fee", "pricing": MONTHLY_FEE}))

    assert fee == {
        "productAttributeId": fee["productAttributeId"],
        "name": "Fee",
        "active": True,
        "pricing": {
            "pricingType": "RecurringPerUnit",
            "chargeType": "recurring",
            "pricingModel": "PerUnit",
            "billingFrequency": "Monthly",
            "billingType": "Advance",
            "pricePoints": [USD],
        },
        "creditBenefits": [],
    }


def test_one_bad_attribute_is_named_and_none_is_stored(acme: Tenant, product_id: str) -> None:
    good = {"name": "Emails", "pricing": PER_EMAIL}
    bad = {"name": "Fee", "pricing": {**MONTHLY_FEE, "pricePoints": [{"currency": "USD", "unitPrice": -5}]}}

    answer = put(acme, product_id, good, bad)

    assert answer.status == 400
    assert answer.sentence == ("productAttributes[1].pricing.pricePoints[0].unitPrice is -5: expected at least 0")
    assert stored(acme, product_id) == ()


def test_an_upsert_adds_without_id_changes_with_id_and_leaves_the_others(acme: Tenant, product_id: str) -> None:
    fee, emails = shown(
        put(acme, product_id, {"name": "Fee", "pricing": MONTHLY_FEE}, {"name": "Emails", "pricing": PER_EMAIL})
    )

    changed = {"productAttributeId": fee["productAttributeId"], "name": "Platform", "pricing": MONTHLY_FEE}
    after = shown(put(acme, product_id, {**changed, "active": False}, {"name": "More", "pricing": PER_EMAIL}))

    assert after[:2] == [{**fee, "name": "Platform", "active": False}, emails]
    assert after[2]["name"] == "More"
    assert len({attribute["productAttributeId"] for attribute in after}) == 3


def test_absent_fields_of_an_attribute_stay(acme: Tenant, product_id: str) -> None:
    (fee,) = shown(put(acme, product_id, {"name": "Fee", "pricing": MONTHLY_FEE, "active": False, "taxCode": "SW-01"}))

    put(acme, product_id, {"productAttributeId": fee["productAttributeId"], "name": "Fee", "pricing": MONTHLY_FEE})

    (attribute,) = stored(acme, product_id)
    assert (attribute.active, attribute.tax_code) == (False, "SW-01")


def test_a_new_price_is_a_new_dated_version_and_the_same_price_is_none(acme: Tenant, product_id: str) -> None:
    (fee,) = shown(put(acme, product_id, {"name": "Fee", "pricing": MONTHLY_FEE}))
    same = {"productAttributeId": fee["productAttributeId"], "name": "Fee", "pricing": MONTHLY_FEE}
    dearer = {**same, "pricing": {**MONTHLY_FEE, "pricePoints": [{"currency": "USD", "unitPrice": 60_000}]}}
    identity.organizations().set_clock(acme.organization_id, date(2025, 7, 1), now=real_now())

    put(acme, product_id, same)
    put(acme, product_id, dearer)

    (attribute,) = stored(acme, product_id)
    versions = [
        (v.version, v.effective_at.date(), v.pricing.price_points[0].unit_price_minor) for v in attribute.versions
    ]
    assert versions == [(1, date(2025, 5, 25), 50_000), (2, date(2025, 7, 1), 60_000)]


def test_a_dearer_tier_is_a_new_version_and_the_same_tiers_in_another_order_are_none(
    acme: Tenant, product_id: str
) -> None:
    first = {"lowerBound": 0, "upperBound": 100, "unitAmount": 50, "tierBillingType": "perUnit"}
    rest = {"lowerBound": 101, "unitAmount": 40, "tierBillingType": "perUnit"}
    pricing = {**MONTHLY_FEE, "pricingType": "RecurringGraduated", "pricePoints": [{**USD, "tiers": [first, rest]}]}
    (fee,) = shown(put(acme, product_id, {"name": "Fee", "pricing": pricing}))
    same = {"productAttributeId": fee["productAttributeId"], "name": "Fee"}

    for tiers in ([{**rest, "lowerBound": 100}, first], [first, {**rest, "unitAmount": 41}]):
        put(acme, product_id, {**same, "pricing": {**pricing, "pricePoints": [{**USD, "tiers": tiers}]}})

    (attribute,) = stored(acme, product_id)
    assert [[tier.unit_minor for tier in v.pricing.price_in("USD").tiers] for v in attribute.versions] == [
        [50, 40],
        [50, 41],
    ]


def test_a_changed_percentage_is_a_new_version_and_the_same_number_written_otherwise_is_none(
    acme: Tenant, product_id: str
) -> None:
    pricing = {"pricingType": "RecurringPercentOfTotal", "billingFrequency": "Monthly", "percentageValue": 10}
    (fee,) = shown(put(acme, product_id, {"name": "Support", "pricing": pricing}))
    same = {"productAttributeId": fee["productAttributeId"], "name": "Support"}

    for percentage in (10.0, 10.000001):
        put(acme, product_id, {**same, "pricing": {**pricing, "percentageValue": percentage}})

    (attribute,) = stored(acme, product_id)
    assert [str(version.pricing.percentage) for version in attribute.versions] == ["10", "10.000001"]
    assert acme.get(f"/pricing/{fee['productAttributeId']}")["pricing"]["percentageValue"] == 10.000001


def test_a_benefit_without_its_currency_is_refused_and_nothing_is_kept(acme: Tenant, product_id: str) -> None:
    fee = {"name": "Fee", "pricing": MONTHLY_FEE}

    answer = put(acme, product_id, {**fee, "creditBenefits": [{"amount": 5}]})

    assert (answer.status, answer.sentence) == (
        400,
        "productAttributes[0].creditBenefits[0].creditsCurrencyId is missing",
    )
    assert acme.get(f"/products/{product_id}")["productAttributes"] == []


def test_only_attributes_of_the_product_can_be_changed_and_each_once(acme: Tenant, product_id: str) -> None:
    other_id = acme.create("/products/", name="Chatbot")["id"]
    (fee,) = shown(put(acme, product_id, {"name": "Fee", "pricing": MONTHLY_FEE}))
    (foreign,) = shown(put(acme, other_id, {"name": "Fee", "pricing": MONTHLY_FEE}))
    fee_id, foreign_id = fee["productAttributeId"], foreign["productAttributeId"]
    new = {"name": "New", "pricing": MONTHLY_FEE}

    unknown = put(acme, product_id, new, {**new, "productAttributeId": foreign_id})
    twice = put(acme, product_id, {**new, "productAttributeId": fee_id}, {**new, "productAttributeId": fee_id})

    for answer, named in ((unknown, foreign_id), (twice, fee_id)):
        assert answer.status == 400
        assert answer.sentence == (
            f"productAttributes[1].productAttributeId is '{named}', "
            f"expected the id of an attribute of product {product_id}, each at most once"
        )
    assert [attribute.name for attribute in stored(acme, product_id)] == ["Fee"]


def test_a_product_holds_a_hundred_attributes(acme: Tenant, product_id: str) -> None:
    hundred = [{"name": f"Fee {number}", "pricing": MONTHLY_FEE} for number in range(100)]

    assert put(acme, product_id, *hundred).status == 200
    answer = put(acme, product_id, hundred[0])

    assert answer.status == 400
    assert answer.sentence == f"productAttributes would be 101 on product {product_id}, at most 100 fit"
