"""`/orders` through its handler: what an order may be, and what may still change. Its invoices have their own tests."""

from typing import Any

import pytest

from tests.functions.sales import START, Seller, at, fee, once, seats, seller, usage
from tests.world import World

MIDNIGHT = "T00:00:00.000Z"
PRICING = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 70_00}}


@pytest.fixture
def acme(empty_world: World) -> Seller:
    """It is 10 June, and orders of these tests begin on the first."""
    return seller(empty_world, clock="2025-06-10")


def path(order: Any) -> str:
    return f"/orders/{order['id']}"


def update(acme: Seller, order: Any, **fields: object) -> Any:
    return acme.tenant.call("PUT", path(order), fields)


# ---- creation


def test_an_order_needs_no_more_than_a_customer(acme: Seller) -> None:
    order = acme.tenant.create("/orders/", customerId=acme.customer_id)

    assert order == {
        "id": order["id"],
        "externalId": None,
        "customerId": acme.customer_id,
        "billingCustomerId": None,
        "billingContactIds": [],
        "name": "Order 1",
        "number": 1,
        "startDate": "2025-06-10" + MIDNIGHT,
        "endDate": None,
        "subscriptionTerms": None,
        "creationState": "draft",
        "billingAnchor": None,
        "billingFrequencyOverridden": False,
        "billingFrequencyOverride": None,
        "paymentTerms": None,
        "purchaseOrderReference": None,
        "currency": "USD",
        "orderAmount": 0,
        "totalAmount": 0,
        "pendingBillingAmount": 0,
        "billedAmountNoTax": 0,
        "billedTax": 0,
        "estimatedTax": 0,
        "totalBilledAmount": 0,
        "metadata": None,
        "showPaymentLink": False,
        "showBankDetails": False,
        "autoPostInvoices": False,
        "autoSendBillingEmails": False,
        "autoSendPaymentEmails": False,
        "version": 1,
        "createdAt": "2025-06-10" + MIDNIGHT,
        "updatedAt": "2025-06-10" + MIDNIGHT,
    }
    assert acme.tenant.get(path(order)) == order


def test_orders_are_numbered_in_the_order_of_their_creation(acme: Seller) -> None:
    names = [acme.order()["name"] for _ in range(3)]

    assert names == ["Order 1", "Order 2", "Order 3"]


def test_an_order_without_a_currency_is_in_its_customers(acme: Seller) -> None:
    beta = acme.tenant.create("/customers/", name="Beta GmbH", defaultCurrency="EUR")

    assert acme.order(customerId=beta["id"])["currency"] == "EUR"
    assert acme.order(customerId=beta["id"], currency="JPY")["currency"] == "JPY"


def test_a_line_is_called_after_its_product_and_runs_as_long_as_the_order(acme: Seller) -> None:
    order = acme.order(fee(), endDate="2026-06-01T00:00:00Z")

    answer = acme.tenant.get(f"{path(order)}/lines")

    assert answer["data"] == [
        {
            "id": answer["data"][0]["id"],
            "productId": acme.tenant.get("/products/")["data"][0]["id"],
            "planId": None,
            "name": "AI SDR",
            "description": None,
            "startDate": "2025-06-01" + MIDNIGHT,
            "endDate": "2026-06-01" + MIDNIGHT,
            "lineType": "STANDARD",
        }
    ]


def test_a_line_may_have_a_name_and_dates_of_its_own(acme: Seller) -> None:
    own = {
        "name": "Pilot",
        "description": "Three weeks",
        "startDate": "2025-06-05T00:00:00Z",
        "endDate": "2025-06-26T00:00:00Z",
    }

    (line,) = acme.tenant.get(f"{path(acme.order(fee(), line=own))}/lines")["data"]

    assert (line["name"], line["description"]) == ("Pilot", "Three weeks")
    assert (line["startDate"], line["endDate"]) == ("2025-06-05" + MIDNIGHT, "2025-06-26" + MIDNIGHT)


def test_an_order_amounts_to_one_period_of_what_is_fixed_and_what_is_charged_once(acme: Seller) -> None:
    order = acme.order(once(at(1_000_00)), fee(at(500_00)), seats(at(30_00, minQuantity=10)), usage(at(10)))

    assert order["orderAmount"] == order["totalAmount"] == 1_000_00 + 500_00 + 10 * 30_00
    assert order["pendingBillingAmount"] == order["orderAmount"]


def test_an_order_keeps_the_prices_it_was_sold_at(acme: Seller) -> None:
    order = acme.order(fee(at(500_00)))
    product = acme.tenant.get("/products/")["data"][0]["id"]
    attribute = acme.tenant.get(f"/products/{product}")["productAttributes"][0]["productAttributeId"]

    acme.tenant.call("PUT", f"/pricing/{attribute}", {"pricing": fee(at(600_00))["pricing"]})

    assert acme.tenant.get(path(order))["orderAmount"] == 500_00
    assert (
        acme.tenant.create("/orders/", customerId=acme.customer_id, lines=[{"productId": product}])["orderAmount"]
        == 600_00
    )


def test_a_price_given_with_the_order_stands_in_place_of_the_products(acme: Seller) -> None:
    override = {"attributes": [{"name": "Fee", "quantity": 3, "pricing": PRICING}]}

    order = acme.order(fee(at(500_00)), seats(), line=override)

    assert order["orderAmount"] == 3 * 70_00


def test_an_attribute_without_a_price_takes_the_products_of_its_name(acme: Seller) -> None:
    some = {"attributes": [{"name": "Fee", "quantity": 2}]}

    assert acme.order(fee(at(500_00)), seats(), line=some)["orderAmount"] == 2 * 500_00


def test_an_external_id_is_used_once_and_free_again_when_it_is_given_up(acme: Seller) -> None:
    first = acme.order(externalId="deal-1")

    taken = acme.try_to_order(externalId="deal-1")
    update(acme, first, externalId="deal-0")
    second = acme.order(externalId="deal-1")
    acme.tenant.call("DELETE", path(second))

    assert (taken.status, taken.body["code"]) == (400, "EXTERNAL_ID_EXISTS")
    assert taken.sentence == "externalId 'deal-1' is already used by another order"
    assert acme.order(externalId="deal-1")["externalId"] == "deal-1"


TOO_MANY = "lines have 501 priced components, expected at most 500 on one order"
LINE_BEFORE = {"startDate": "2025-05-31T00:00:00Z"}
LINE_AFTER = {"endDate": "2025-07-02T00:00:00Z"}
JULY = "2025-07-01T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"endDate": START},
            "endDate is 2025-06-01T00:00:00+00:00, expected a moment after startDate 2025-06-01T00:00:00+00:00",
        ),
        (
            {"endDate": JULY, "line": LINE_BEFORE},
            (
                "line 'AI SDR': startDate is 2025-05-31T00:00:00+00:00, "
                "expected no day before the order's 2025-06-01T00:00:00+00:00"
            ),
        ),
        (
            {"endDate": JULY, "line": LINE_AFTER},
            (
                "line 'AI SDR': endDate is 2025-07-02T00:00:00+00:00, "
                "expected no moment after the order's 2025-07-01T00:00:00+00:00"
            ),
        ),
        ({"customerId": "cus_nobody"}, "customerId is 'cus_nobody', expected the id of an existing customer"),
        (
            {"customerId": "cus_nobody", "currency": "USD"},
            "customerId is 'cus_nobody', expected the id of an existing customer",
        ),
        ({"billingCustomerId": "cus_x"}, "billingCustomerId is 'cus_x', expected the id of an existing customer"),
        ({"billingContactIds": ["con_x"]}, "billingContactIds[0] is 'con_x', expected the id of an existing contact"),
        ({"line": {"attributes": [{"name": "Fee"}] * 501}}, TOO_MANY),
        ({"line": {"productId": "prod_x"}}, "lines[0].productId is 'prod_x', expected the id of an existing product"),
        (
            {"line": {"attributes": [{"name": "Unknown"}]}},
            (
                "lines[0].attributes[0].name is 'Unknown', "
                "expected the name of an attribute of the product, or a pricing beside it"
            ),
        ),
        ({"currency": "usd"}, "currency is 'usd': expected an ISO 4217 code in capitals such as USD"),
        ({"currency": "ABC"}, "currency is 'ABC': expected an ISO 4217 code in capitals such as USD"),
        ({"billingAnchor": 32}, "billingAnchor is 32: expected at most 31"),
        ({"billingAnchor": "1"}, "billingAnchor is '1': expected a whole number"),
        ({"autoPostInvoices": "yes"}, "autoPostInvoices is 'yes': expected true or false"),
        (
            {"startDate": "2025-06-01T00:00:00"},
            (
                "startDate is '2025-06-01T00:00:00': "
                "expected an ISO 8601 date-time with a zone, such as 2025-06-01T00:00:00Z"
            ),
        ),
        (
            {"billingFrequencyOverride": {"frequency": "Monthly"}},
            (
                "billingFrequencyOverride.frequency is 'Monthly': "
                "expected 'monthly', 'quarterly', 'semiAnnually', 'annual' or 'custom'"
            ),
        ),
        (
            {"billingFrequencyOverride": {"frequency": "custom"}},
            "billingFrequencyOverride: customMonths is missing, expected the number of months of a custom period",
        ),
        (
            {"billingFrequencyOverride": {"frequency": "quarterly", "customMonths": 3}},
            "billingFrequencyOverride: customMonths is 3, expected none: the frequency is quarterly",
        ),
        (
            {"billingFrequencyOverride": {"frequency": "custom", "customMonths": 121}},
            "billingFrequencyOverride.customMonths is 121: expected at most 120",
        ),
        ({"subscriptionTerms": 0}, "subscriptionTerms is 0: expected at least 1"),
        ({"subscriptionTerms": 1201}, "subscriptionTerms is 1201: expected at most 1200"),
        (
            {"line": {"lineType": "CREDIT"}},
            "lines[0].lineType is 'CREDIT': no line is one of credit so far, expected another",
        ),
        ({"metadata": {"a": "x" * 16_384}}, "metadata: expected at most 16384 bytes of JSON, it has 16392"),
    ],
)
def test_a_bad_order_is_refused_with_the_field_and_its_value_and_not_made(
    acme: Seller, fields: dict[str, Any], sentence: str
) -> None:
    answer = acme.try_to_order(fee(), **fields)

    assert (answer.status, answer.sentence) == (400, sentence)
    assert acme.tenant.get("/orders/")["pagination"]["total"] == 0


def test_an_order_that_is_refused_takes_no_number(acme: Seller) -> None:
    tenant = acme.tenant
    customer_id = tenant.create("/customers/", name="Acme Ltd")["id"]
    refused = [
        {"customerId": customer_id, "lines": [{"productId": "prod_nobody"}]},
        {"customerId": customer_id, "startDate": "2025-06-02T00:00:00Z", "endDate": "2025-06-01T00:00:00Z"},
        {"customerId": customer_id, "externalId": "taken"},
        {"customerId": "cus_nobody", "currency": "USD"},
    ]

    first = tenant.create("/orders/", customerId=customer_id, externalId="taken")
    for body in refused:
        assert tenant.call("POST", "/orders/", body).status == 400
    second = tenant.create("/orders/", customerId=customer_id)

    assert (first["number"], second["number"], second["name"]) == (1, 2, "Order 2")
