"""What happened to credits: grants, what was taken of them, and what waits for an invoice; the newest first."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.runtime.chance import real_now
from functions.wiring import crediting
from tests.functions.sales import Json, Seller, seller
from tests.world import World

JUNE_10, JUNE_11 = date(2025, 6, 10), date(2025, 6, 11)


@pytest.fixture
def acme(world: World) -> Seller:
    made = seller(world, clock="2025-06-10")
    made.tenant.create("/credits/currencies", name="Pages", key="pages")
    return made


def currency_id(acme: Seller) -> str:
    return str(acme.tenant.get("/credits/currencies")["data"][0]["id"])


def plan(acme: Seller, amount: float, **benefit: object) -> Json:
    fee = {"pricingType": "RecurringPerUnit", "billingFrequency": "Monthly"}
    points = [{"currency": "USD", "unitPrice": 50_00}]
    comes = {"creditsCurrencyId": currency_id(acme), "amount": amount, **benefit}
    return {"name": "Plan", "pricing": {**fee, "pricePoints": points}, "creditBenefits": [comes]}


def pages(acme: Seller) -> Json:
    base = {"pricingType": "UsagePrepaidCredits", "eventName": "read", "creditsCurrencyId": currency_id(acme)}
    by_page = {"creditCost": 0.5, "pricingInput": {"kind": "signalQuantity", "path": "pages"}}
    return {"name": "Pages", "pricing": {**base, **by_page}}


def read(acme: Seller, count: float, *, on: date = JUNE_10) -> None:
    acme.send(on, event="read", data={"pages": count})


def grant(acme: Seller, amount: float, who: str = "acme", **fields: object) -> None:
    body = {"creditCurrencyKey": "pages", "amount": amount, **fields}
    assert acme.tenant.call("POST", f"/customers/external/{who}/credits/grants", body).status == 201


def listed(acme: Seller, **query: object) -> list[Any]:
    found: list[Any] = acme.tenant.get("/credits/transactions", **query)["data"]
    return found


def short(acme: Seller, **query: object) -> list[tuple[str, str, str]]:
    return [(each["type"], each["amount"], each["createdAt"][:10]) for each in listed(acme, **query)]


def test_on_one_day_what_was_taken_of_a_grant_is_newer_than_the_grant(world: World) -> None:
    """In a live organization, whose grants come at some hour: read from the oldest on, no balance is below zero."""
    tenant = world.tenant(test=False)
    acme = Seller(world, tenant, tenant.create("/customers/", name="Acme", externalId="acme")["id"])
    tenant.create("/credits/currencies", name="Pages", key="pages")
    today = real_now().date()
    acme.sell(pages(acme), startDate=f"{today - timedelta(days=3)}T00:00:00Z")
    read(acme, 200, on=today - timedelta(days=1))

    grant(acme, 100)

    rows = listed(acme)
    assert [(each["type"], each["amount"]) for each in rows] == [("spend", "-100"), ("grant", "100")]
    assert rows[0]["createdAt"] == rows[1]["createdAt"]


def test_what_was_granted_and_what_was_taken_of_it_day_by_day(acme: Seller) -> None:
    """3 + 4 pages on the 10th take 1.5 + 2, and one on the 11th 0.5."""
    order = acme.sell(pages(acme))
    grant(acme, 100)
    read(acme, 3)
    read(acme, 4)
    acme.clock("2025-06-11")
    read(acme, 1, on=JUNE_11)

    newest, *_ = listed(acme)

    assert short(acme)[0] == ("spend", "-0.5", "2025-06-11")
    assert sorted(short(acme)[1:]) == [("grant", "100", "2025-06-10"), ("spend", "-3.5", "2025-06-10")]
    product = acme.tenant.get("/products/")["data"][-1]
    assert {name: newest[name] for name in newest if name != "id"} == {
        "customer": {"id": acme.customer_id, "externalId": "acme"},
        "creditCurrency": {"key": "pages", "name": "Pages"},
        "type": "spend",
        "amount": "-0.5",
        "originCode": "granted",
        "eventName": "read",
        "signalId": None,
        "orderId": order["id"],
        "product": {"id": product["id"], "externalId": None, "name": product["name"]},
        "createdAt": "2025-06-11T00:00:00.000Z",
    }


def test_what_is_left_is_what_was_granted_less_what_was_taken(acme: Seller) -> None:
    acme.sell(pages(acme), plan(acme, 10))
    grant(acme, 2.5)
    read(acme, 30)

    total = sum(Decimal(each["amount"]) for each in listed(acme))

    (balance,) = acme.tenant.get("/customers/external/acme/credits/balances")["data"]
    (waits,) = acme.tenant.get("/customers/external/acme/credits/pending-consumption")["data"]
    assert (total, balance["available"], waits["creditsDecimal"]) == (0, 0, "2.5")


def test_credits_of_an_order_name_it_and_the_same_are_listed_again_and_again(acme: Seller) -> None:
    order = acme.sell(plan(acme, 10), pages(acme))
    read(acme, 1)

    first, second = listed(acme), listed(acme)

    assert first == second
    assert {(each["orderId"], each["originCode"]) for each in first} == {(order["id"], "purchased")}
    assert len({each["id"] for each in first}) == 2


@pytest.mark.parametrize("timing", ["on_invoice_posted", "on_payment"])
def test_what_waits_for_an_invoice_is_pending(acme: Seller, timing: str) -> None:
    acme.sell(plan(acme, 10, creditGrantTiming=timing), pages(acme), billingAnchor=1)

    (waits,) = listed(acme)

    assert (waits["type"], waits["amount"], waits["createdAt"]) == ("pendingGrant", "10", "2025-06-01T00:00:00.000Z")
    (draft,) = acme.invoices()
    acme.tenant.call("POST", f"/invoices/{draft['id']}/post")
    (given,) = listed(acme)
    assert given["type"] == ("grant" if timing == "on_invoice_posted" else "pendingGrant")
    assert given["id"] == waits["id"]


def test_all_who_have_credits_are_listed_and_each_can_be_asked_for(acme: Seller) -> None:
    beta = acme.tenant.create("/customers/", name="Beta", externalId="beta")["id"]
    acme.tenant.create("/customers/", name="Nobody", externalId="nobody")
    acme.sell(plan(acme, 10))
    grant(acme, 5, "beta")

    assert sorted(each["customer"]["id"] for each in listed(acme)) == sorted([acme.customer_id, beta])
    assert short(acme, customerId=beta) == short(acme, externalCustomerId="beta") == [("grant", "5", "2025-06-10")]
    assert short(acme, externalCustomerId="nobody") == short(acme, customerId="cus_none") == []
    paged = [listed(acme, limit=1, offset=offset) for offset in range(3)]
    assert [*paged[0], *paged[1]] == listed(acme)
    assert paged[2] == []


def test_of_more_customers_than_one_answer_may_compute_one_is_to_be_named(acme: Seller) -> None:
    """A hundred who have credits are listed; the next, who has no more than a grant of 5, makes them too many."""
    books, organization_id = crediting.books(), acme.tenant.organization_id
    for number in range(99):
        books.open(organization_id, f"cus_{number:02}")
    grant(acme, 5)
    assert short(acme) == [("grant", "5", "2025-06-10")]

    books.open(organization_id, "cus_99")

    answer = acme.tenant.call("GET", "/credits/transactions", query={"limit": 1})
    sentence = "customerId is missing, expected one: more than 100 customers have credits, and "
    assert (answer.status, answer.sentence) == (400, sentence + "the transactions of each are computed anew")
    assert short(acme, externalCustomerId="acme") == [("grant", "5", "2025-06-10")]


def test_the_credits_of_an_order_are_found_among_any_number_of_customers(acme: Seller) -> None:
    order = acme.sell(plan(acme, 10))
    for number in range(101):
        crediting.books().open(acme.tenant.organization_id, f"cus_{number:03}")

    assert [each["orderId"] for each in listed(acme, orderId=order["id"])] == [order["id"]]
    assert listed(acme, orderId="ord_none") == []


def test_the_state_of_a_customer_tells_what_it_and_its_seats_have(acme: Seller) -> None:
    seats = {
        "name": "Team",
        "pricing": {
            "pricingType": "SeatBasedPerUnit",
            "billingFrequency": "Monthly",
            "pricePoints": [{"currency": "USD", "unitPrice": 1, "minQuantity": 2}],
        },
        "creditBenefits": [{"creditsCurrencyId": currency_id(acme), "amount": 50, "recipient": "seat"}],
    }
    acme.tenant.call("PUT", "/customers/acme/users/ada", {})
    order = acme.sell(seats, pages(acme))
    grant(acme, 7.5)
    first = acme.tenant.get(f"/orders/{order['id']}/seats")["data"][0]["id"]
    acme.tenant.call("PUT", f"/orders/{order['id']}/seats/{first}", {"userExternalId": "ada"})
    acme.send(JUNE_10, event="read", data={"pages": 25, "external_user_id": "ada"})

    state = acme.tenant.get("/customers/external/acme/state")

    named = {"creditsCurrencyId": currency_id(acme), "currencyName": "Pages", "currencyKey": "pages"}
    assert state["credits"] == {"balances": [{**named, "balance": 7.5}]}
    assert {seat["id"]: seat["credits"]["balances"] for seat in state["seats"]["data"]} == {
        first: [{**named, "balance": 37.5}],
        state["seats"]["data"][1]["id"]: [{**named, "balance": 50}],
    }
