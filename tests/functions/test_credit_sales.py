"""Credits that come with what an order sells: when they are kept, and what is not sold with them."""

from typing import Any

import pytest

from tests.functions.sales import START, Json, Seller, at, fee, seats, seller
from tests.world import Answer, World


@pytest.fixture
def acme(world: World) -> Seller:
    return seller(world)


@pytest.fixture
def currency_id(acme: Seller) -> str:
    return str(acme.tenant.create("/credits/currencies", name="Words", key="words")["id"])


def bringing(component: Json, currency_id: str, **benefit: object) -> Json:
    """The component with 100 credits a month."""
    return {**component, "creditBenefits": [{"creditsCurrencyId": currency_id, "amount": 100, **benefit}]}


def held(acme: Seller) -> list[float]:
    """Of each recipient, what there is."""
    return [each["total"] for each in acme.tenant.get("/customers/external/acme/credits/balances")["data"]]


def refused(answer: Answer) -> str:
    assert answer.status == 400, answer
    return answer.sentence


@pytest.mark.parametrize(
    ("said", "kept"), [({}, [100]), ({"creditBenefits": None}, [100]), ({"creditBenefits": []}, [])]
)
def test_another_price_on_an_order_keeps_the_credits_unless_it_says_that_there_are_none(
    acme: Seller, currency_id: str, said: Json, kept: list[float]
) -> None:
    price = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 90_00}}
    cheaper = {"name": "Fee", "pricing": {**price, **said}}

    acme.sell(bringing(fee(), currency_id), line={"attributes": [cheaper]}, autoPostInvoices=True)

    assert acme.totals() == [("2025-06-01", 90_00)]
    assert held(acme) == kept


def test_a_component_of_another_name_brings_no_credits_of_the_products(acme: Seller, currency_id: str) -> None:
    price = {"chargeType": "recurring", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 90_00}}

    acme.sell(bringing(fee(), currency_id), line={"attributes": [{"name": "Other", "pricing": price}]})

    assert held(acme) == []


# ---- what is not sold


def test_an_order_is_not_sold_with_credits_of_an_archived_currency(acme: Seller, currency_id: str) -> None:
    product_id = acme.product(bringing(fee(), currency_id))
    acme.tenant.call("PUT", f"/credits/currencies/{currency_id}", {"status": "archived"})
    order: Json = {"customerId": acme.customer_id, "startDate": START, "lines": [{"productId": product_id}]}

    assert refused(acme.tenant.call("POST", "/orders/", order)) == (
        f"lines are sold with credits whose creditsCurrencyId is {currency_id!r}, "
        "expected the id of an active credit currency"
    )
    acme.tenant.call("PUT", f"/credits/currencies/{currency_id}", {"status": "active"})
    assert acme.tenant.call("POST", "/orders/", order).status == 201


def test_credits_of_seats_are_not_sold_where_there_are_no_seats(acme: Seller, currency_id: str) -> None:
    """Nobody would have them: found when the order is to become active, whichever way."""
    alone = bringing(fee(), currency_id, recipient="seat")
    order = acme.order(alone)
    sentence = (
        "line 'AI SDR', attribute 'Fee': its credits are for each seat (recipient 'seat'), "
        "expected an attribute with seats on the same line"
    )

    assert refused(acme.tenant.call("POST", f"/orders/{order['id']}/activate")) == sentence
    assert refused(acme.tenant.call("PUT", f"/orders/{order['id']}", {"creationState": "active"})) == sentence
    assert refused(acme.try_to_order(alone, creationState="active")) == sentence
    acme.sell(alone, seats(at(10_00, minQuantity=2)))
    assert held(acme) == [200]


def team(acme: Seller, currency_id: str, count: int, **fields: object) -> Any:
    """An order of so many seats with credits of their own."""
    return acme.order(bringing(seats(at(10_00, minQuantity=count)), currency_id, recipient="seat"), **fields)


def test_two_hundred_seats_of_a_customer_have_credits_of_their_own_at_once_and_no_more(
    acme: Seller, currency_id: str
) -> None:
    """180 and 20 are 200; 31 more in July, when the 20 have ended, would be 211, and 20 are 200 again."""
    june = {"endDate": "2025-07-01T00:00:00Z"}
    july = {"startDate": "2025-07-01T00:00:00Z"}
    for count, fields in ((180, {}), (20, june)):
        acme.activate(team(acme, currency_id, count, **fields))

    too_many = {
        201: refused(acme.tenant.call("POST", f"/orders/{team(acme, currency_id, 1)['id']}/activate")),
        211: refused(
            acme.try_to_order(
                bringing(seats(at(10_00, minQuantity=31)), currency_id, recipient="seat"),
                creationState="active",
                **july,
            )
        ),
        240: refused(
            acme.tenant.call("PUT", f"/orders/{team(acme, currency_id, 60, **july)['id']}", {"creationState": "active"})
        ),
    }

    for count, sentence in too_many.items():
        assert sentence == (
            f"{count} seats of the customer would have credits of their own (recipient 'seat'), expected at most 200 "
            "at once: more of them can share the customer's (recipient 'organization')"
        )
    acme.activate(team(acme, currency_id, 20, **july))
    acme.sell(bringing(seats(at(10_00, minQuantity=1_000)), currency_id))


@pytest.mark.parametrize(("seats_wanted", "status"), [(200, 200), (201, 400)])
def test_an_amendment_gives_no_more_seats_credits_of_their_own_either(
    acme: Seller, currency_id: str, seats_wanted: int, status: int
) -> None:
    order = acme.activate(team(acme, currency_id, 190))
    options = acme.tenant.get(f"/orders/{order['id']}/amendments/options")
    changed = {
        "type": "updateQuantity",
        "orderLineAttributeId": options["lines"][0]["attributes"][0]["orderLineAttributeId"],
        "newQuantity": seats_wanted,
        "treatment": "prorate",
    }
    body: Json = {"orderVersion": options["orderVersion"], "intents": [changed]}

    for path in ("/amendments/preview", "/amendments"):
        answer = acme.tenant.call("POST", f"/orders/{order['id']}{path}", body)
        assert answer.status == status, answer
        assert status == 200 or answer.sentence.startswith("201 seats of the customer would have credits of their own")


def test_an_order_refused_for_its_seats_is_not_left_as_a_draft(acme: Seller, currency_id: str) -> None:
    component = bringing(seats(at(10_00, minQuantity=201)), currency_id, recipient="seat")

    refused(acme.try_to_order(component, creationState="active"))

    assert acme.tenant.get("/orders/")["data"] == []
