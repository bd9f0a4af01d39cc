"""Invoices of every kind of price, taxed, late, voided, billed again: raw answers held against the client's types."""

from datetime import date
from typing import Any

import pytest
from paid import Invoice, InvoiceLine, Order

from functions.wiring import identity
from tests.functions.sales import Seller, at, fee, once, seats, seller, usage
from tests.journeys.strict import violations
from tests.world import World

JUNE, JULY = date(2025, 6, 10), date(2025, 7, 10)

TIERS = [
    {"lowerBound": 0, "upperBound": 2, "unitAmount": 100},
    {"lowerBound": 3, "unitAmount": 50, "flatAmount": 500},
]
VALUE_ADDED_TAX = {"country": "FR", "rates": {"FR": "20"}}


@pytest.fixture
def acme(world: World) -> Seller:
    """A seller in France whose customer bought one of everything; two months of it are billed."""
    made = seller(world, billingAddress={"line1": "1 rue de la Paix", "city": "Paris", "country": "FR"})
    identity.organizations().modify(
        made.tenant.organization_id,
        lambda organization: type(organization).model_validate({**dict(organization), "tax": VALUE_ADDED_TAX}),
    )
    tiered: Any = usage(at(0) | {"tiers": TIERS}, name="Meetings", event="meeting_booked")
    tiered["pricing"]["pricingType"] = "UsageGraduated"
    percent: Any = {
        "name": "Support",
        "pricing": {"pricingType": "RecurringPercentOfTotal", "percentageValue": 7.5, "billingFrequency": "Monthly"},
    }
    multiple: Any = {"name": "Models", "pricing": {"pricingType": "UsageCostPlus", "costPlusMultiplier": 1.33333}}
    made.sell(once(), fee(), seats(), usage(), tiered, percent, multiple, autoPostInvoices=True)
    made.send(JUNE, JUNE, JULY)
    made.send(JUNE, JUNE, JUNE, event="meeting_booked")
    costs = [{"type": "cost", "customer": {"customerId": made.customer_id}, "amount": 10, "currency": "USD"}]
    assert made.tenant.call("POST", "/costs/bulk", {"costs": costs}).status == 200
    made.clock("2025-07-01")
    made.send(JUNE)
    made.send(JUNE, event="meeting_booked")
    made.clock("2025-08-01")
    return made


def test_every_invoice_and_line_is_of_the_clients_types(acme: Seller) -> None:
    invoices = acme.invoices()

    assert [violations(Invoice, invoice) for invoice in invoices] == [[], [], []]
    lines = [line for invoice in invoices for line in acme.lines(invoice)]
    assert [broken for line in lines if (broken := violations(InvoiceLine, line))] == []
    assert {line["taxRate"] for line in lines} == {20}
    assert [line["description"] for line in lines if line["description"].startswith("Late usage")] == [
        "Late usage, AI SDR: E-mails",
        "Late usage, AI SDR: Meetings",
    ]
    assert all(type(line["quantity"]) is int for line in lines)
    assert {(i["taxStatus"], i["taxRate"], i["taxExempt"]) for i in invoices} == {("committed", 20, False)}


def test_what_is_billed_again_and_what_is_to_come_are_invoices_too(acme: Seller) -> None:
    last = acme.invoices()[-1]
    acme.tenant.call("POST", f"/invoices/{last['id']}/void")
    again = acme.tenant.call("POST", f"/invoices/{last['id']}/rebill")
    preview = acme.tenant.get(f"/orders/{last['orderId']}/invoice-preview")

    assert again.status == 200
    assert violations(Invoice, again.body) == []
    assert violations(Invoice, preview) == []
    assert [violations(InvoiceLine, line) for line in preview["lines"]] == [[]] * len(preview["lines"])
    assert again.body["taxStatus"] == preview["taxStatus"] == "calculated"


def test_the_orders_sums_are_those_of_its_invoices(acme: Seller) -> None:
    invoices = acme.invoices()
    order = acme.tenant.get(f"/orders/{invoices[0]['orderId']}")

    assert violations(Order, order) == []
    assert order["billedTax"] == sum(invoice["taxAmount"] for invoice in invoices)
    assert order["totalBilledAmount"] == sum(invoice["invoiceTotal"] for invoice in invoices)
