"""What webhooks are told of credits: stream → queue → receiver."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests.functions.hooks import Listener
from tests.functions.sales import seller
from tests.receiver import receiving
from tests.world import World

OVERAGE = "billing-overage-incurred"


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world, clock="2025-06-10"), receiver)


def test_credits_beyond_those_granted_are_told_of_once_their_invoice_is_posted(hooks: Listener) -> None:
    """40 of 30 are taken: 10 x 0.10."""
    acme = hooks.acme
    hooks.listen(OVERAGE)
    currency_id = acme.tenant.create("/credits/currencies", name="Pages", key="pages")["id"]
    acme.tenant.call("POST", "/customers/external/acme/credits/grants", {"creditCurrencyKey": "pages", "amount": 30})
    pricing = {"pricingType": "UsagePrepaidCredits", "eventName": "read", "creditsCurrencyId": currency_id}
    price = {"name": "Pages", "pricing": {**pricing, "creditCost": 20, "overageUnitPrice": 10}}
    order = acme.sell(price, autoPostInvoices=True)
    acme.send(date(2025, 6, 9), date(2025, 6, 10), event="read")
    assert hooks.receiver.received == []

    acme.clock("2025-07-01")

    (told,) = hooks.receiver.received
    assert told.is_signed_with(hooks.secret)
    assert told.body == {
        "event": OVERAGE,
        "timestamp": "2025-07-01T00:00:00.000Z",
        "isTest": False,
        "data": {
            "overage": {
                "customerId": acme.customer_id,
                "orderId": order["id"],
                "invoiceId": acme.invoices()[0]["id"],
                "currency": "USD",
                "amount": 1_00,
                "credits": [{"creditsCurrencyId": currency_id, "quantity": 10, "amount": 1_00}],
                "occurredAt": "2025-07-01T00:00:00.000Z",
            }
        },
    }
