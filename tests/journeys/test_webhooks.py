"""From an order to its receiver through the published client: on moto's stream and on ministack's, with its pollers."""

from collections.abc import Iterator

import pytest
from paid import Paid

from tests.journeys.contract_systems import Customer, System, caller
from tests.local.waiting import until
from tests.receiver import Receiver, receiving

CREATED, POSTED = "billing-invoice-created", "billing-invoice-posted"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def listen(paid: Paid, receiver: Receiver) -> str:
    """The secret."""
    first = paid.webhooks.update_webhook(CREATED, enabled=True, url=receiver.url)
    paid.webhooks.update_webhook(POSTED, enabled=True, url=receiver.url)
    assert first.signing_secret is not None
    return str(first.signing_secret)


def sell(customer: Customer, paid: Paid) -> None:
    """An order over 500.00 a month from 1 July, which posts its invoices; the clock stands at 10 July."""
    product = paid.products.create_product(name="AI SDR")
    buyer = paid.customers.create_customer(name="Acme Ltd")
    price = {"unitPrice": 500_00}
    fee = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": price}
    order = paid.orders.create_order(
        customer_id=buyer.id,
        start_date="2025-07-01T00:00:00Z",
        auto_post_invoices=True,
        lines=[{"productId": product.id, "attributes": [{"name": "Fee", "pricing": fee}]}],
    )
    paid.orders.activate_order_by_id(order.id)
    customer.settle()


def test_a_receiver_gets_what_happened_signed_and_in_the_shape_of_the_api(system: System, receiver: Receiver) -> None:
    customer = system.customer()
    client = caller(customer)
    secret = listen(client.paid, receiver)

    sell(customer, client.paid)
    until(lambda: len(receiver.received) >= 2)

    client.call("invoices", "list_invoices")
    (invoice,) = client.wire.answer["data"]
    assert sorted(receiver.events()) == [(CREATED, invoice["id"]), (POSTED, invoice["id"])]
    for each in receiver.received:
        assert each.is_signed_with(secret)
        assert each.body["data"]["invoice"] == invoice


@pytest.mark.local
def test_a_receiver_that_was_down_for_a_moment_gets_the_same_again(local_system: System, receiver: Receiver) -> None:
    """On moto time stands still: there test_webhook_deliveries.py plays the attempts."""
    customer = local_system.customer()
    client = caller(customer)
    paid = client.paid
    paid.webhooks.update_webhook(CREATED, enabled=True, url=receiver.url)
    receiver.answers.append(503)

    sell(customer, paid)
    until(lambda: len(receiver.received) >= 2)

    first, second = receiver.received
    assert (first.id, first.raw) == (second.id, second.raw)
