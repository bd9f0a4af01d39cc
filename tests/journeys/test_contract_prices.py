"""Every way of writing a price, as the published client writes it; the raw answers have its own types."""

import json
from typing import Any

import pytest
from paid import (
    Order,
    OrderBillingFrequencyOverride,
    Plan,
    PlanAttributeInput,
    PricingResponse,
    ProductAttributeUpsert,
    ProductDetail,
)
from paid.errors import BadRequestError

from tests.journeys.contract_prices import (
    CREDITS,
    ON_PRICING,
    ON_PRODUCTS,
    ORDER_FREQUENCIES,
    OVERRIDE_FREQUENCIES,
    OVERRIDE_MODELS,
    override,
    price,
)
from tests.journeys.contract_systems import Caller, System, caller
from tests.journeys.strict import violations

CREDIT_MODELS = {"prepaidCredits", "bracketedPrepaidCredits"}
NO_CREDITS = "a line takes its credits from its product, expected another"

NOT_SHOWN = {"feeType", "creditRolloverAmount"}
"""The client can write them, and has no field to read them from."""


@pytest.fixture(scope="module")
def client(system: System) -> Caller:
    return caller(system.customer())


@pytest.fixture(scope="module")
def product_id(client: Caller) -> str:
    return str(client.paid.products.create_product(name="AI SDR").id)


@pytest.fixture(scope="module")
def currency_id(client: Caller) -> str:
    return str(client.paid.credits.create_credit_currency(name="Pages", key="pages").id)


def upsert(pricing: Any, **fields: str) -> ProductAttributeUpsert:
    return ProductAttributeUpsert(name="Price", pricing=pricing, **fields)


def sent(client: Caller) -> Any:
    assert client.wire.request is not None
    return json.loads(client.wire.request.content)


def test_the_client_writes_fifteen_types_in_two_places() -> None:
    assert ON_PRODUCTS.keys() == ON_PRICING.keys()
    assert (len(ON_PRODUCTS), len(CREDITS)) == (15, 3)
    assert len(OVERRIDE_MODELS) == 6
    assert len(OVERRIDE_FREQUENCIES) == len(ORDER_FREQUENCIES) == 5


@pytest.mark.parametrize("pricing_type", sorted(ON_PRODUCTS))
def test_a_price_is_shown_as_it_was_written_on_a_product_and_on_its_own(
    client: Caller, product_id: str, currency_id: str, pricing_type: str
) -> None:
    on_product, alone = (price(pricing_type, types, currency_id=currency_id) for types in (ON_PRODUCTS, ON_PRICING))

    client.paid.products.update_product_by_id(product_id, product_attributes=[upsert(on_product)])
    written, answer = sent(client)["productAttributes"][0]["pricing"], client.wire.answer
    made = answer["productAttributes"][-1]
    client.paid.pricing.update_pricing(made["productAttributeId"], pricing=alone)
    again = client.wire.answer

    assert violations(ProductDetail, answer) == []
    assert violations(PricingResponse, again) == []
    assert written == {**sent(client)["pricing"]}, "the client writes both alike"
    assert {name: made["pricing"].get(name) for name in written.keys() - NOT_SHOWN} == {
        name: value for name, value in written.items() if name not in NOT_SHOWN
    }
    assert made["pricing"].keys() - written.keys() == {"chargeType", "pricingModel"}
    assert again["pricing"] == made["pricing"]


def test_a_price_in_credits_of_a_currency_that_there_is_not_is_refused_in_both_places(
    client: Caller, product_id: str
) -> None:
    client.paid.products.update_product_by_id(
        product_id, product_attributes=[upsert(price("OneTimePerUnit", ON_PRODUCTS))]
    )
    known = client.wire.answer["productAttributes"]
    on_product, alone = (
        price("SeatBasedPrepaidCredits", types, currency_id="cc_none") for types in (ON_PRODUCTS, ON_PRICING)
    )

    with pytest.raises(BadRequestError) as first:
        client.paid.products.update_product_by_id(product_id, product_attributes=[upsert(on_product)])
    with pytest.raises(BadRequestError) as second:
        client.paid.pricing.update_pricing(known[-1]["productAttributeId"], pricing=alone)
    client.paid.products.get_product_by_id(product_id)

    sentence = "creditsCurrencyId is 'cc_none', expected the id of an active credit currency"
    assert [refused.value.body["error"] for refused in (first, second)] == [sentence, sentence]
    assert client.wire.answer["productAttributes"] == known


@pytest.mark.parametrize("pricing_type", sorted(ON_PRODUCTS.keys() - CREDITS))
def test_a_plan_takes_the_price_of_a_product_and_shows_it_alike(
    client: Caller, product_id: str, pricing_type: str
) -> None:
    on_product = price(pricing_type, ON_PRODUCTS)
    client.paid.products.update_product_by_id(product_id, product_attributes=[upsert(on_product)])
    made = client.wire.answer["productAttributes"][-1]
    sold = PlanAttributeInput(product_attribute_id=made["productAttributeId"], pricing=on_product)

    client.paid.plans.create_plan(product_id=product_id, attributes=[sold])

    assert violations(Plan, client.wire.answer) == []
    assert client.wire.answer["attributes"] == [made]


# ---- orders


def order_at(client: Caller, product_id: str, pricing: object, **fields: object) -> Any:
    """The raw answer to an order of one component at this price."""
    customer_id = client.paid.customers.create_customer(name="Acme Ltd").id
    line = {"productId": product_id, "attributes": [{"name": "Price", "pricing": pricing}]}
    client.paid.orders.create_order(customer_id=customer_id, lines=[line], **fields)
    assert violations(Order, client.wire.answer) == []
    return client.wire.answer


@pytest.mark.parametrize("model", sorted(set(OVERRIDE_MODELS) - CREDIT_MODELS))
@pytest.mark.parametrize("frequency", OVERRIDE_FREQUENCIES)
def test_an_order_line_takes_every_model_and_frequency(
    client: Caller, product_id: str, model: str, frequency: str
) -> None:
    order = order_at(client, product_id, override(model, frequency))

    assert order["orderAmount"] == (50 if "Pricing" in model else 70_00), "one unit of the first tier, or one unit"


@pytest.mark.parametrize("model", sorted(CREDIT_MODELS))
def test_an_order_line_in_credits_is_refused(client: Caller, product_id: str, model: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        order_at(client, product_id, override(model, "monthly"))

    assert refused.value.body["error"] == f"lines[0].attributes[0].pricing.pricingModel is {model!r}: {NO_CREDITS}"


@pytest.mark.parametrize("frequency", ORDER_FREQUENCIES)
def test_an_order_shows_the_frequency_that_it_was_given(client: Caller, product_id: str, frequency: str) -> None:
    months = 18 if frequency == "custom" else None
    given = OrderBillingFrequencyOverride(frequency=frequency, custom_months=months)

    order = order_at(
        client, product_id, override("perUnit", "monthly"), billing_frequency_override=given, subscription_terms=36
    )

    assert order["billingFrequencyOverride"] == {"frequency": frequency, "customMonths": months}
    assert order["endDate"] == order["startDate"].replace("2025", "2028")
