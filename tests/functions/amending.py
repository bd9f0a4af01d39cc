"""Orders that run and are amended through the API: what is asked, and what the replay of the log finds."""

from typing import Any

from tests.functions.sales import Json, Seller
from tests.world import Answer, invoke


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
