"""What happened to credits: grants, what was taken of them, and what waits for an invoice; the newest first."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.credits import transaction_listing
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


def holders(acme: Seller, first: int, last: int) -> None:
    """Books of customers that are there no more: they count, and have no transactions."""
    for number in range(first, last + 1):
        crediting.books().open(acme.tenant.organization_id, f"cus_{number:03}")


def three_who_were_given_some(acme: Seller) -> list[tuple[str, str]]:
    """A grant of 1 each, and one of 2 on the day after; what is listed of one after the other, by their ids."""
    ids = {"acme": acme.customer_id}
    for name in ("beta", "gamma"):
        ids[name] = acme.tenant.create("/customers/", name=name, externalId=name)["id"]
    for name in ids:
        grant(acme, 1, name)
    acme.clock("2025-06-11")
    for name in ids:
        grant(acme, 2, name)
    return [(ids[name], amount) for name in sorted(ids, key=lambda each: ids[each]) for amount in ("2", "1")]


def page_of(acme: Seller, **query: object) -> tuple[list[tuple[str, str]], Json]:
    answer = acme.tenant.get("/credits/transactions", **query)
    return [(each["customer"]["id"], each["amount"]) for each in answer["data"]], answer["pagination"]


@pytest.mark.parametrize("others", [97, 98])
def test_the_newest_come_first_of_a_hundred_customers_and_of_more_those_of_each(acme: Seller, others: int) -> None:
    one_by_one = three_who_were_given_some(acme)
    holders(acme, 1, others)
    newest = [one for one in one_by_one if one[1] == "2"]

    found, pagination = page_of(acme)

    assert sorted(found) == sorted(one_by_one)
    assert (found == one_by_one) is (others == 98)
    assert (sorted(found[:3]) == sorted(newest)) is (others == 97)
    assert pagination == {"limit": 100, "offset": 0, "total": 6, "hasMore": False}


def test_pages_of_more_than_a_hundred_customers_follow_one_another_and_compute_no_more_than_they_must(
    acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`total` is what a page went past: it is exact once there is no more."""
    one_by_one = three_who_were_given_some(acme)
    holders(acme, 1, 98)
    read, computed = crediting.read_credits(), list[str]()

    def reads(organization_id: str, customer_id: str, **day: Any) -> Any:
        computed.append(customer_id)
        return read(organization_id, customer_id, **day)

    monkeypatch.setattr(crediting, "read_credits", lambda: reads)

    pages, counts = list[tuple[list[tuple[str, str]], Json]](), list[int]()
    for offset in (0, 2, 4, 6):
        computed.clear()
        pages.append(page_of(acme, limit=2, offset=offset))
        counts.append(len(computed))

    assert [row for rows, _ in pages for row in rows] == one_by_one
    assert [(each["total"], each["hasMore"]) for _, each in pages] == [(4, True), (6, True), (6, False), (6, False)]
    assert counts == [2, 3, 3, 3]


def test_a_page_ends_early_where_five_hundred_customers_do_not_fill_it_and_asks_for_one_behind_them(
    acme: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it is two customers of three, who were given two grants each."""
    one_by_one = three_who_were_given_some(acme)
    monkeypatch.setattr(transaction_listing, "MAX_SORTED", 1)
    monkeypatch.setattr(transaction_listing, "MAX_WALKED", 2)

    found, pagination = page_of(acme, limit=5)
    answer = acme.tenant.call("GET", "/credits/transactions", query={"offset": 4})

    assert (found, pagination) == (one_by_one[:4], {"limit": 4, "offset": 0, "total": 5, "hasMore": True})
    assert page_of(acme, limit=3, offset=1)[1] == {"limit": 3, "offset": 1, "total": 5, "hasMore": True}
    assert (answer.status, answer.body["code"]) == (400, "TOO_MUCH_TO_READ")
    assert answer.sentence == (
        "customerId is missing, expected one: of the first 2 customers with credits there are 4 such transactions, and "
        "one call computes no more"
    )
    assert page_of(acme, customerId=one_by_one[5][0])[0] == one_by_one[4:]


def test_the_credits_of_an_order_are_found_among_any_number_of_customers(acme: Seller) -> None:
    order = acme.sell(plan(acme, 10))
    holders(acme, 0, 100)

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
