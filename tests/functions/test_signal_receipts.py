"""What became of a signal: on every signal that is read back."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from paid.types.signal_list_response import SignalListResponse

from functions.wiring import aws
from local.resources import Clients
from tests.client import client_of
from tests.faults import watched
from tests.functions.receipts import JUNE_10, charged_by, log, receipt, sell
from tests.functions.sales import START, Seller, at, fee, seller, usage
from tests.journeys.strict import violations
from tests.world import World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def test_a_counted_signal_tells_for_what_and_that_nobody_has_billed_it_yet(acme: Seller) -> None:
    order = sell(acme)
    acme.send(JUNE_10, idempotencyKey="k")

    found = receipt(acme, "k")

    acme.clock("2025-07-01")
    (line,) = acme.lines(acme.invoices()[0])
    assert (found["status"], found["reason"]) == ("counted", None)
    assert found["counted"] == [
        {
            "orderId": order["id"],
            "orderLineId": line["orderLineId"],
            "orderLineAttributeId": line["orderLineAttributeId"],
            "periodStart": line["startDate"],
            "periodEnd": line["endDate"],
            "invoiceId": None,
            "invoiceNumber": None,
            "invoiceStatus": None,
        }
    ]


def test_a_billed_signal_names_its_invoice(acme: Seller) -> None:
    sell(acme)
    acme.send(JUNE_10, idempotencyKey="k")
    acme.clock("2025-07-01")

    (count,) = receipt(acme, "k")["counted"]

    (invoice,) = acme.invoices()
    named = (count["invoiceId"], count["invoiceNumber"], count["invoiceStatus"])
    assert (
        named == (invoice["id"], invoice["displayNumber"], invoice["status"]) == (invoice["id"], "INV-000001", "posted")
    )


def test_an_unattributed_signal_says_why_until_an_order_counts_it(acme: Seller) -> None:
    """Activated on 1 June with a fee in advance, so that an invoice is due and the log is rated at once."""
    acme.clock("2025-06-11")
    draft = acme.order(usage(at(10)), fee(at(500)))
    acme.send(JUNE_10, idempotencyKey="k")
    before = receipt(acme, "k")

    acme.activate(draft)
    after = receipt(acme, "k")

    assert (before["status"], before["counted"]) == ("unattributed", [])
    assert before["reason"] == {
        "code": "NO_USAGE_PRICE",
        "sentence": f"customer {acme.customer_id} has no active order with a usage price",
    }
    assert (after["status"], after["reason"], after["counted"][0]["orderId"]) == ("counted", None, draft["id"])


def test_a_signal_is_pending_while_new_terms_wait_for_the_next_rating(acme: Seller) -> None:
    """Nothing is due when an order of usage alone is activated, so its log is rated with the next signal."""
    draft = acme.order(usage(at(10)))
    acme.send(JUNE_10, idempotencyKey="k")
    acme.activate(draft)

    between = receipt(acme, "k")
    acme.send(JUNE_10, idempotencyKey="another")
    after = receipt(acme, "k")

    assert (between["status"], after["status"]) == ("pending", "counted")
    assert between["counted"] == after["counted"]


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        (
            {"event": "email_opened"},
            "EVENT_NOT_COUNTED",
            "no order of customer {customer} counts 'email_opened', expected one of 'email_sent'",
        ),
        (
            {"attribution": None},
            "NO_PRODUCT",
            "'email_sent' is counted for product {product} ('sdr'), the signal names no product",
        ),
        (
            {"attribution": {"externalProductId": "chatbot"}},
            "OTHER_PRODUCT",
            (
                "'email_sent' is counted for product {product} ('sdr'), "
                "the signal names external product id 'chatbot', which led to no product"
            ),
        ),
    ],
)
def test_a_reason_names_what_was_sent_and_what_is_counted(
    acme: Seller, fields: dict[str, Any], code: str, sentence: str
) -> None:
    product_id = acme.product(usage(at(10)), externalId="sdr")
    acme.activate(acme.tenant.create("/orders/", **_order(acme, product_id)))
    acme.send(JUNE_10, idempotencyKey="k", **fields)

    found = receipt(acme, "k")

    expected = sentence.format(customer=acme.customer_id, product=product_id)
    assert (found["status"], found["reason"]) == ("unattributed", {"code": code, "sentence": expected})


def _order(acme: Seller, product_id: str, **fields: object) -> dict[str, Any]:
    return {"customerId": acme.customer_id, "startDate": START, "lines": [{"productId": product_id}], **fields}


def test_a_day_outside_of_the_order_names_its_dates(acme: Seller) -> None:
    order = sell(acme, endDate="2025-07-01T00:00:00Z")
    acme.send(date(2025, 5, 31), idempotencyKey="k")

    reason = receipt(acme, "k")["reason"]

    product_id = acme.tenant.get("/products/")["data"][-1]["id"]
    assert reason == {
        "code": "OUTSIDE_DATES",
        "sentence": (
            f"the signal is of 2025-05-31, order {order['id']} counts 'email_sent' of product {product_id} "
            "from 2025-06-01 to 2025-06-30"
        ),
    }


def test_late_usage_is_on_the_invoice_that_bills_it(acme: Seller) -> None:
    sell(acme)
    acme.send(JUNE_10, idempotencyKey="in time")
    acme.clock("2025-07-01")
    acme.send(JUNE_10, idempotencyKey="late")
    assert charged_by(receipt(acme, "late")) == (None, None)

    acme.clock("2025-08-01")

    assert charged_by(receipt(acme, "in time")) == ("INV-000001", "posted")
    assert charged_by(receipt(acme, "late")) == ("INV-000002", "posted")


def test_a_voided_invoice_is_named_until_another_bills_the_same_again(acme: Seller) -> None:
    sell(acme)
    acme.send(JUNE_10, idempotencyKey="k")
    acme.clock("2025-07-01")
    (invoice,) = acme.invoices()

    acme.tenant.call("POST", f"/invoices/{invoice['id']}/void")
    assert charged_by(receipt(acme, "k")) == ("INV-000001", "voided")

    again = acme.tenant.call("POST", f"/invoices/{invoice['id']}/rebill").body
    assert charged_by(receipt(acme, "k")) == (None, "draft")

    acme.tenant.call("POST", f"/invoices/{again['id']}/post")
    assert charged_by(receipt(acme, "k")) == ("INV-000002", "posted")


def test_a_draft_charges_what_came_late_once_it_is_posted(acme: Seller) -> None:
    acme.sell(usage(at(10)))
    acme.send(JUNE_10, idempotencyKey="in time")
    acme.clock("2025-07-01")
    acme.send(JUNE_10, idempotencyKey="late")
    assert charged_by(receipt(acme, "in time")) == (None, "draft")
    assert charged_by(receipt(acme, "late")) == (None, None)

    acme.tenant.call("POST", f"/invoices/{acme.invoices()[0]['id']}/post")

    assert charged_by(receipt(acme, "in time")) == charged_by(receipt(acme, "late")) == ("INV-000001", "posted")


def test_the_published_client_reads_a_listing_with_receipts(acme: Seller) -> None:
    sell(acme)
    acme.send(JUNE_10, idempotencyKey="k")
    log(acme, "other", eventName="other")
    acme.clock("2025-07-01")

    page = client_of(acme.tenant).signals.list_signals()
    answer = acme.tenant.get("/signals/")

    assert violations(SignalListResponse, answer) == []
    assert [item.model_extra and item.model_extra["status"] for item in page.data] == ["unattributed", "counted"]
    assert [item.name for item in page.data] == ["other", "email_sent"]


def test_a_page_takes_as_many_calls_for_thirty_customers_as_for_three(acme: Seller) -> None:
    """Each with an order, and a signal that was billed: see the sums in ReadReceipts and DynamoSignalListing."""
    product_id = acme.product(usage(at(10)))
    few = _calls_of_a_page(acme, product_id, customers=range(3))
    many = _calls_of_a_page(acme, product_id, customers=range(3, 30))

    assert many == few
    assert few.total() <= 12


def _calls_of_a_page(acme: Seller, product_id: str, customers: range) -> Counter[str]:
    for number in customers:
        customer = acme.tenant.create("/customers/", name="x", externalId=f"customer-{number}")
        order = _order(acme, product_id, customerId=customer["id"], startDate="2025-05-01T00:00:00Z")
        log(
            acme,
            "k",
            customer=f"customer-{number}",
            attribution={"productId": product_id},
            timestamp="2025-05-10T00:00:00Z",
        )
        acme.activate(acme.tenant.create("/orders/", **order))
    clients = Clients(dynamodb=aws.dynamodb(), s3=aws.s3(), sqs=aws.sqs())
    with watched(clients) as watch:
        page = acme.tenant.get("/signals/", limit=1000)
    assert [found["status"] for found in page["data"]] == ["counted"] * customers.stop
    assert all(found["counted"][0]["invoiceId"] for found in page["data"])
    return Counter(watch.calls)
