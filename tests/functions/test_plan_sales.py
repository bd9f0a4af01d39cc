"""An order line sold from a plan: what it copies, when it may not, and what it is billed."""

from datetime import date
from typing import Any

import pytest

from tests.functions.planning import Planner
from tests.functions.sales import START, Json, Seller, at, fee, seats, seller, usage
from tests.world import Answer, World

FEE, DEARER, STARTER = 100_00, 200_00, 50_00


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world)


@pytest.fixture
def plans(acme: Seller) -> Planner:
    return Planner(acme)


def ask(acme: Seller, plans: Planner, *, line: Json | None = None, **fields: object) -> Answer:
    lines = [{"productId": plans.product_id, **(line or {})}]
    return acme.tenant.call(
        "POST", "/orders/", {"customerId": acme.customer_id, "startDate": START, "lines": lines, **fields}
    )


def sell(acme: Seller, plans: Planner, **line: object) -> Any:
    answer = ask(acme, plans, line=line, autoPostInvoices=True)
    assert answer.status == 201, answer
    return acme.activate(answer.body)


def due(acme: Seller, plans: Planner, **line: object) -> int:
    """What such an order comes to in a month, usage apart."""
    answer = ask(acme, plans, line=line)
    assert answer.status == 201, answer
    return int(answer.body["orderAmount"])


def test_a_line_is_sold_and_billed_at_the_prices_of_its_plan(acme: Seller, plans: Planner) -> None:
    """50.00 in advance for June; for July 50.00, and 3 e-mails of June at 0.40."""
    made = plans.make(plans.fee(at(STARTER)), plans.mails(at(40)), isDefault=False)

    order = sell(acme, plans, planId=made["id"])
    acme.send(*[date(2025, 6, 10)] * 3)
    acme.clock("2025-07-01")

    assert acme.totals() == [("2025-06-01", STARTER), ("2025-07-01", STARTER + 3 * 40)]
    (line,) = acme.tenant.get(f"/orders/{order['id']}/lines")["data"]
    assert (line["productId"], line["planId"], line["name"]) == (plans.product_id, made["id"], "AI SDR")


def test_a_line_that_names_no_plan_is_sold_from_the_default_one_if_there_is_one(acme: Seller, plans: Planner) -> None:
    assert due(acme, plans) == FEE
    first = plans.make(plans.fee(at(STARTER)), isDefault=True)
    dearer = plans.make(plans.fee(at(DEARER)))

    assert due(acme, plans) == STARTER
    assert due(acme, plans, planId=dearer["id"]) == DEARER
    plans.update(dearer, isDefault=True)
    assert due(acme, plans) == DEARER
    assert due(acme, plans, planId=first["id"]) == STARTER
    plans.update(dearer, isDefault=False)
    assert due(acme, plans) == FEE


def test_a_component_that_the_plan_does_not_name_is_sold_at_the_products_own_price(
    acme: Seller, plans: Planner
) -> None:
    """The default plan sells the fee at 50.00; three e-mails are 1.00 each as they were."""
    plans.make(plans.fee(at(STARTER)), isDefault=True)

    sell(acme, plans)
    acme.send(*[date(2025, 6, 10)] * 3)
    acme.clock("2025-07-01")

    assert acme.totals() == [("2025-06-01", STARTER), ("2025-07-01", STARTER + 3 * 1_00)]


def test_a_plan_sells_no_component_that_is_not_active(acme: Seller, plans: Planner) -> None:
    plans.make(plans.fee(at(STARTER)), plans.mails(at(40)), isDefault=True)
    assert due(acme, plans) == STARTER
    plans.tenant.call(
        "PUT",
        f"/products/{plans.product_id}",
        {"productAttributes": [{**fee(), "productAttributeId": plans.fee_id, "active": False}]},
    )
    assert due(acme, plans) == 0


def test_components_that_are_named_have_the_prices_of_the_plan_and_others_their_own(
    acme: Seller, plans: Planner
) -> None:
    """Three fees of the plan at 50.00 each, and one of 7.00 that the order brings along."""
    plans.make(plans.fee(at(STARTER)), isDefault=True)
    own = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 7_00}}
    named: Json = {"name": "Fee", "quantity": 3}

    extra = {"name": "Extra", "pricing": own}
    assert due(acme, plans, attributes=[named, {"name": "E-mails"}, extra]) == 3 * STARTER + 7_00
    answer = ask(acme, plans, line={"attributes": [named, {"name": "Extra"}]})
    assert answer.status == 400
    assert "attributes[1].name is 'Extra', expected the name of an attribute" in answer.sentence


def test_an_order_that_brings_all_prices_needs_no_plan(acme: Seller, plans: Planner) -> None:
    plans.update(plans.make(plans.fee(at(STARTER)), isDefault=True), status="archived")
    own = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 7_00}}

    assert due(acme, plans, attributes=[{"name": "Fee", "pricing": own}]) == 7_00


def test_seats_are_as_many_as_the_plan_bills_at_least(acme: Seller) -> None:
    product_id = acme.product(seats(at(30_00, minQuantity=2)))
    (sold,) = acme.tenant.get(f"/products/{product_id}")["productAttributes"]
    attribute = {
        "productAttributeId": sold["productAttributeId"],
        "pricing": seats(at(20_00, minQuantity=5))["pricing"],
    }
    acme.tenant.create("/plans/", productId=product_id, attributes=[attribute], isDefault=True)

    order = acme.tenant.create(
        "/orders/", customerId=acme.customer_id, startDate=START, lines=[{"productId": product_id}]
    )

    assert order["orderAmount"] == 5 * 20_00
    assert len(acme.tenant.get(f"/orders/{order['id']}/seats")["data"]) == 5


def test_what_was_sold_stays_as_it_was_sold(acme: Seller, plans: Planner) -> None:
    made = plans.make(plans.fee(at(STARTER)), isDefault=True)
    sell(acme, plans)

    plans.update(made, attributes=[plans.fee(at(DEARER))], status="archived")
    acme.clock("2025-07-01")

    assert acme.totals() == [("2025-06-01", STARTER), ("2025-07-01", STARTER)]


def test_an_explanation_says_which_version_of_the_plans_prices_a_line_was_sold_at(acme: Seller, plans: Planner) -> None:
    made = plans.make(plans.fee(at(STARTER)), isDefault=True)
    plans.update(made, attributes=[plans.fee(at(DEARER))])
    sell(acme, plans)

    (invoice,) = acme.invoices()
    (line,) = acme.lines(invoice)
    why = acme.tenant.get(f"/invoices/{invoice['id']}/lines/{line['id']}/explanation")

    assert (why["planId"], why["productAttributeId"], why["pricingVersion"]) == (made["id"], plans.fee_id, 2)


def test_an_archived_plan_is_sold_no_more_until_it_is_restored(acme: Seller, plans: Planner) -> None:
    made = plans.make(plans.fee(at(STARTER)), isDefault=True)
    plans.update(made, status="archived")
    archived = "which is archived: expected an active plan"

    by_default, by_name = ask(acme, plans), ask(acme, plans, line={"planId": made["id"]})

    assert (by_default.status, by_default.sentence) == (
        400,
        f"lines[0].productId is {plans.product_id!r}, whose default plan is {made['id']!r}, {archived}",
    )
    assert (by_name.status, by_name.sentence) == (400, f"lines[0].planId is {made['id']!r}, {archived}")
    assert acme.tenant.get("/orders/")["data"] == []
    plans.update(made, status="active")
    assert due(acme, plans) == STARTER


def test_a_plan_is_sold_in_the_currencies_that_it_supports(acme: Seller, plans: Planner) -> None:
    made = plans.make(
        plans.fee(at(STARTER), at(45_00, "EUR"), at(40_00, "GBP")), supportedCurrencies=["EUR", "GBP"], isDefault=True
    )

    answer = ask(acme, plans, currency="USD", line={"planId": made["id"]})

    assert (answer.status, answer.sentence) == (
        400,
        f"lines[0].planId is {made['id']!r}, which is sold in EUR, GBP: expected a plan that is sold in USD",
    )
    assert ask(acme, plans, currency="GBP").body["orderAmount"] == 40_00


def test_a_plan_is_one_of_the_lines_own_product(acme: Seller, plans: Planner) -> None:
    made = plans.make()
    spare = acme.product(fee(), name="Spare")

    for line, plan_id in (({"productId": spare}, made["id"]), ({}, "plan_none")):
        answer = ask(acme, plans, line={**line, "planId": plan_id})

        expected = f"expected the id of a plan of product {line.get('productId', plans.product_id)}"
        assert (answer.status, answer.sentence) == (400, f"lines[0].planId is {plan_id!r}, {expected}")


def test_the_size_of_an_order_is_that_of_the_product_with_its_plan(acme: Seller) -> None:
    """Of 100 components the plan prices one, and all are sold: 5 lines make the 500 that fit on an order, 6 do not."""
    product_id = acme.product(*[usage(name=f"Usage {number}") for number in range(100)])
    attribute = acme.tenant.get(f"/products/{product_id}")["productAttributes"][0]["productAttributeId"]
    price = {"productAttributeId": attribute, "pricing": fee()["pricing"]}
    acme.tenant.create("/plans/", productId=product_id, attributes=[price])

    for count, status in ((5, 201), (6, 400)):
        lines = [{"productId": product_id}] * count
        body = {"customerId": acme.customer_id, "startDate": START, "lines": lines}
        assert acme.tenant.call("POST", "/orders/", body).status == status
