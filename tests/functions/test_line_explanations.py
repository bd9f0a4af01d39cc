"""`/invoices/{id}/lines/{lineId}/explanation`: why a line amounts to what it does, down to its signals (law 4)."""

from datetime import date
from typing import Any

import pytest

from functions.billing.models.invoice import Invoice
from functions.wiring import ledgers
from tests.functions.sales import Json, Seller, at, day_of, fee, seats, seller, usage
from tests.world import Answer, World

JUNE_5, JUNE_20, JULY_5 = date(2025, 6, 5), date(2025, 6, 20), date(2025, 7, 5)
TIMES, ELLIPSIS = "\N{MULTIPLICATION SIGN}", "\N{HORIZONTAL ELLIPSIS}"

TIERS: list[Json] = [{"upperBound": 2, "unitAmount": 10}, {"lowerBound": 3, "unitAmount": 5, "flatAmount": 2_00}]


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def ask(acme: Seller, invoice_id: str, line_id: str) -> Answer:
    return acme.tenant.call("GET", f"/invoices/{invoice_id}/lines/{line_id}/explanation")


def explain(acme: Seller, number: int = 0, line: int = 0) -> Any:
    """The explanation of a line, which must say of it what the invoice says."""
    invoice = acme.invoices()[number]
    shown = acme.lines(invoice)[line]
    answer = ask(acme, invoice["id"], shown["id"])
    assert answer.status == 200, answer
    it = answer.body
    assert (it["id"], it["invoiceId"], it["orderId"]) == (shown["id"], invoice["id"], invoice["orderId"])
    assert (it["description"], it["startDate"], it["endDate"]) == (
        shown["description"],
        shown["startDate"],
        shown["endDate"],
    )
    assert (it["amount"], it["tax"], it["taxRate"]) == (shown["totalPriceBeforeTax"], shown["tax"], shown["taxRate"])
    return it


def test_a_line_is_found_by_the_id_that_it_had_before_ids_named_their_invoice(acme: Seller) -> None:
    acme.sell(fee(), autoPostInvoices=True)
    (invoice,) = acme.invoices()
    (shown,) = acme.lines(invoice)
    named, _, id_before = shown["id"].partition(".")

    found = ask(acme, invoice["id"], id_before)

    assert named == invoice["id"]
    assert (found.status, found.body) == (200, ask(acme, invoice["id"], shown["id"]).body)


def test_a_usage_line_in_tiers_says_everything(acme: Seller) -> None:
    acme.sell(usage({**at(0, includedQuantity=1), "tiers": TIERS}, pricingType="UsageGraduated"))
    acme.send(JUNE_20, JUNE_5)
    acme.send(JULY_5, JUNE_5, JUNE_20)
    acme.clock("2025-07-01")
    acme.send(JULY_5)

    it = explain(acme)

    assert it["pricing"]["pricingType"] == "UsageGraduated"
    assert it["pricingVersion"] == 1
    assert it["productAttributeId"] is not None
    assert it["quantity"] == {
        "counted": 4,
        "included": 1,
        "least": 0,
        "most": None,
        "billed": 3,
        "billedBefore": 0,
    }
    first, second = ({"number": 1, "first": 0, "last": 2}, {"number": 2, "first": 3, "last": None})
    assert it["steps"] == [
        {"tier": first, "quantity": "2", "price": "10", "isFlat": False, "amount": "20"},
        {"tier": second, "quantity": "1", "price": "5", "isFlat": False, "amount": "5"},
        {"tier": second, "quantity": "1", "price": "200", "isFlat": True, "amount": "200"},
    ]
    assert it["rounding"] == {"exact": "225", "rounded": 225, "rule": "half up, once per line"}
    assert (it["multiple"], it["proration"], it["late"]) == (None, None, None)
    assert it["arithmetic"] == [
        "4 counted \N{MINUS SIGN} 1 included = 3",
        f"2 {TIMES} 0.10 = 0.20",
        f"1 {TIMES} 0.05 = 0.05",
        "flat fee of tier 2: 2.00",
        "0.20 + 0.05 + 2.00 = 2.25",
    ]
    signals = it["signals"]
    assert (signals["count"], signals["costs"], signals["note"]) == (4, None, None)
    assert signals["logPositions"] == [{"shard": 0, "throughSegment": 2}]
    assert [day_of(signals[end]["occurredAt"].replace("T12", "T00")) for end in ("first", "last")] == [
        str(JUNE_20),
        str(JUNE_20),
    ]
    assert signals["first"]["id"] != signals["last"]["id"]
    assert [acme.tenant.get(f"/signals/{signals[end]['id']}")["name"] for end in ("first", "last")] == [
        "email_sent"
    ] * 2


def test_a_stub_says_its_days(acme: Seller) -> None:
    acme.sell(fee(at(112_00)), startDate="2025-07-20T00:00:00Z", billingAnchor=1)
    acme.clock("2025-07-20")

    it = explain(acme)

    assert it["proration"] == {"days": 12, "ofDays": 31, "before": "11200", "after": f"4335.{'483870967741935' * 2}"}
    assert it["rounding"]["exact"] == it["proration"]["after"]
    assert it["arithmetic"][-1] == f"112.00 {TIMES} 12 / 31 = 43.3548{ELLIPSIS}, rounded to 43.35"
    assert it["signals"] is None


def test_late_usage_says_what_was_billed_before(acme: Seller) -> None:
    acme.sell(usage(at(10)), autoPostInvoices=True)
    acme.send(JUNE_5, JUNE_5)
    acme.clock("2025-07-01")
    acme.send(JULY_5, JUNE_20)
    acme.clock("2025-08-01")

    it = explain(acme, number=1, line=1)

    assert it["late"] == {"billedBefore": 2, "costsBilledBefore": None, "billedBeforeAmount": 20}
    assert (it["quantity"]["counted"], it["quantity"]["billedBefore"], it["amount"]) == (3, 2, 10)
    assert it["arithmetic"] == [f"3 {TIMES} 0.10 = 0.30", "0.30 \N{MINUS SIGN} 0.20 billed before = 0.10"]
    assert it["signals"]["count"] == 1
    assert it["signals"]["first"] == it["signals"]["last"]
    assert it["signals"]["first"]["occurredAt"].startswith(str(JUNE_20))


def test_cost_plus_says_the_costs_and_their_sum(acme: Seller) -> None:
    pricing = {"pricingType": "UsageCostPlus", "costPlusMultiplier": 1.3, "billingFrequency": "Monthly"}
    acme.sell({"name": "Costs", "pricing": pricing})
    customer = {"externalCustomerId": "acme"}
    costs = [
        {"type": "cost", "customer": customer, "amount": amount, "currency": "USD", "timestamp": "2025-06-05T00:00:00Z"}
        for amount in (0.123456, 2)
    ]
    assert acme.tenant.call("POST", "/costs/bulk", {"costs": costs}).body["ingested"] == 2
    acme.world.work()
    acme.clock("2025-07-01")

    it = explain(acme)

    assert it["quantity"] is None
    assert it["multiple"] == {"percentage": None, "multiplier": 1.3, "of": "212.3456", "lines": []}
    assert it["arithmetic"] == [f"costs of 2.123456 {TIMES} 1.3 = 2.7604928, rounded to 2.76"]
    assert (it["signals"]["count"], it["signals"]["costs"]) == (2, "2.123456")


def test_a_percentage_says_of_which_lines(acme: Seller) -> None:
    pricing = {"pricingType": "RecurringPercentOfTotal", "percentageValue": 7.5, "billingFrequency": "Monthly"}
    acme.sell(fee(at(100_00)), seats(at(3_33)), {"name": "Support", "pricing": pricing})

    it = explain(acme, line=2)

    parts = acme.lines(acme.invoices()[0])[:2]
    assert it["multiple"] == {
        "percentage": 7.5,
        "multiplier": None,
        "of": "10333",
        "lines": [
            {"id": part["id"], "description": part["description"], "amount": part["totalPriceBeforeTax"]}
            for part in parts
        ],
    }
    assert it["steps"] == [{"tier": None, "quantity": "0.075", "price": "10333", "isFlat": False, "amount": "774.975"}]


def test_an_order_that_ends_sooner_afterwards_leaves_the_line_as_it_was_billed(acme: Seller) -> None:
    """The period was cut off where the plan now ends; what was counted is no less true."""
    order = acme.sell(usage(at(10)), autoPostInvoices=True)
    acme.send(JUNE_5, JULY_5)
    acme.clock("2025-07-01")
    assert acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": "2025-07-10T00:00:00Z"}).status == 200

    it = explain(acme)

    assert (it["amount"], it["signals"]["count"], it["signals"]["note"]) == (10, 1, None)


def test_a_line_and_an_invoice_that_there_are_not_are_404(acme: Seller) -> None:
    acme.sell(fee())
    (invoice,) = acme.invoices()
    (line,) = acme.lines(invoice)

    unknown, nowhere = ask(acme, invoice["id"], "nothing"), ask(acme, "nothing", line["id"])

    assert (unknown.status, unknown.body) == (
        404,
        {"error": "invoice line nothing was not found", "code": "NOT_FOUND"},
    )
    assert (nowhere.status, nowhere.sentence) == (404, "invoice nothing was not found")


def test_a_line_that_does_not_follow_from_the_order_is_an_error_of_ours(acme: Seller) -> None:
    acme.sell(fee(at(100_00)))
    (invoice,) = acme.invoices()
    (line,) = acme.lines(invoice)
    ledgers.invoices().modify(acme.tenant.organization_id, invoice["id"], with_a_cent_more)

    answer = ask(acme, invoice["id"], line["id"])

    assert (answer.status, answer.body["code"]) == (500, "INTERNAL")


def with_a_cent_more(invoice: Invoice) -> Invoice:
    (line,) = invoice.lines
    return invoice.model_copy(update={"lines": (line.model_copy(update={"amount_minor": line.amount_minor + 1}),)})
