"""What a new order's line takes over from its product."""

from typing import Any

import pytest

from functions.wiring import entities
from tests.world import Tenant, World


@pytest.fixture
def acme(world: World) -> Tenant:
    tenant = world.tenant()
    tenant.create("/customers/", name="Acme Ltd", externalId="acme")
    tenant.create("/products/", name="AI SDR", externalId="sdr")
    return tenant


def fee(unit_price: int, **fields: object) -> dict[str, Any]:
    pricing = {
        "pricingType": "RecurringPerUnit",
        "billingFrequency": "Monthly",
        "pricePoints": [{"currency": "USD", "unitPrice": unit_price}],
    }
    return {"name": "Fee", "pricing": pricing, **fields}


def prices_of_order(tenant: Tenant, line: dict[str, object], *attributes: object) -> list[int]:
    """The unit prices that an order of the product with `attributes` is sold at."""
    product = tenant.call("PUT", "/products/external/sdr", {"productAttributes": attributes}).body
    customer_id = tenant.get("/customers/external/acme")["id"]
    order = tenant.create("/orders/", customerId=customer_id, lines=[{"productId": product["id"], **line}])
    sold = entities.orders().get(tenant.organization_id, order["id"]).attributes()
    return [attribute.pricing.price_in("USD").unit_price_minor for _, attribute in sold]


def test_a_line_takes_the_price_of_every_active_attribute_also_where_names_repeat(acme: Tenant) -> None:
    assert prices_of_order(acme, {}, fee(500, active=False), fee(600), fee(700)) == [600, 700]


def test_an_attribute_taken_by_its_name_is_the_active_one_of_that_name(acme: Tenant) -> None:
    assert prices_of_order(acme, {"attributes": [{"name": "Fee"}]}, fee(500, active=False), fee(600)) == [600]


@pytest.mark.parametrize(("seats", "status"), [(5_000, 201), (5_001, 400)])
def test_an_attribute_has_no_more_seats_than_can_be_listed(acme: Tenant, seats: int, status: int) -> None:
    product_id = acme.get("/products/external/sdr")["id"]
    customer_id = acme.get("/customers/external/acme")["id"]
    pricing = {"chargeType": "seatBased", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 1}}
    line = {"productId": product_id, "attributes": [{"name": "Seats", "quantity": seats, "pricing": pricing}]}

    assert acme.call("POST", "/orders/", {"customerId": customer_id, "lines": [line]}).status == status
