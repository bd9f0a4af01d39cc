"""`/orders/{id}/amendments` over HTTP: what is possible, what it would come to, and what it comes to."""

from typing import Any

import pytest

from tests.functions.sales import Seller, at, fee, seller
from tests.world import Answer, World, invoke

Json = dict[str, Any]


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world, clock="2025-03-01")


def sold(acme: Seller, *attributes: Json, quantity: int = 1, **fields: object) -> Any:
    """An active order from 1 March 2025, so many of each component."""
    product_id = acme.product(*attributes)
    named = [{"name": each["name"], "quantity": quantity} for each in attributes]
    body = {"customerId": acme.customer_id, "startDate": "2025-03-01T00:00:00Z", "autoPostInvoices": True, **fields}
    return acme.activate(acme.tenant.create("/orders/", lines=[{"productId": product_id, "attributes": named}], **body))


def options(acme: Seller, order: Any) -> Any:
    return acme.tenant.get(f"/orders/{order['id']}/amendments/options")


def component(acme: Seller, order: Any, place: int = 0) -> str:
    """The id of one of the order's components."""
    found = [attribute for line in options(acme, order)["lines"] for attribute in line["attributes"]]
    return str(found[place]["orderLineAttributeId"])


def request(acme: Seller, order: Any, *intents: Json, **fields: object) -> Json:
    return {"orderVersion": options(acme, order)["orderVersion"], "intents": list(intents), **fields}


def preview(acme: Seller, order: Any, *intents: Json, **fields: object) -> Answer:
    body = request(acme, order, *intents, **fields)
    return acme.tenant.call("POST", f"/orders/{order['id']}/amendments/preview", body)


def amend(acme: Seller, order: Any, *intents: Json, **fields: object) -> Answer:
    answer = acme.tenant.call("POST", f"/orders/{order['id']}/amendments", request(acme, order, *intents, **fields))
    acme.world.work()
    return answer


def quantity(attribute_id: str, new: int, treatment: str = "prorate") -> Json:
    return {
        "type": "updateQuantity",
        "orderLineAttributeId": attribute_id,
        "newQuantity": new,
        "treatment": treatment,
    }


def replayed(acme: Seller) -> tuple[int, list[Any]]:
    """How many invoices the replay of the log made again, and what it found different."""
    organization_id = acme.tenant.organization_id
    event = {"operation": "replay", "organization": organization_id, "customer": acme.customer_id}
    found = invoke("admin", event)
    return found["invoices"], found["differences"]


def test_more_seats_in_the_middle_of_a_month_cost_the_rest_of_it(acme: Seller) -> None:
    """On 15 March, 17 of 31 days: less 5 x 10.00 x 17/31 = 27.42, and 10 x 10.00 x 17/31 = 54.84 (SEAT-01)."""
    order = sold(acme, fee(at(10_00)), quantity=5)
    acme.clock("2025-03-15")
    shown = preview(acme, order, quantity(component(acme, order), 10)).body

    done = amend(acme, order, quantity(component(acme, order), 10), planHash=shown["planHash"])
    acme.clock("2025-04-01")

    assert done.status == 200, done
    assert done.body["plan"] == shown
    assert [(effect["kind"], effect["amountMinor"], effect["billing"]) for effect in shown["moneyEffects"]] == [
        ("prorationCredit", 27_42, "inline"),
        ("prorationCharge", 54_84, "inline"),
    ]
    assert acme.totals() == [("2025-03-01", 50_00), ("2025-03-15", 54_84 - 27_42), ("2025-04-01", 100_00)]
    credit, charge = acme.lines(acme.invoices()[1])
    assert (credit["totalPriceBeforeTax"], charge["totalPriceBeforeTax"]) == (-27_42, 54_84)
    assert replayed(acme) == (3, [])


def test_the_product_of_a_plan_is_not_added_at_a_price_of_its_own(acme: Seller) -> None:
    order = sold(acme, fee(at(10_00)))
    acme.clock("2025-03-15")
    intent = {
        "type": "addAttribute",
        "productId": "prod_1",
        "planProductId": "pp_1",
        "lineName": "More",
        "pricing": {
            "pricingType": "RecurringPerUnit",
            "billingFrequency": "Monthly",
            "pricePoints": [{"currency": "USD", "unitPrice": 1_00}],
        },
        "quantity": 1,
    }

    answer = preview(acme, order, intent)

    assert answer.status == 400, answer
    assert "planProductId is 'pp_1', expected none" in str(answer.body)
