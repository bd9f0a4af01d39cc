"""Tenants do not see each other (law 6): the ids of another organization in queries and bodies, on every route.

What our organization asks for with such an id is answered in the same words as with an id that nobody has. A route that
nobody told this file about fails it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.functions.business import CLOSED, THEIRS, Ids, Two, nothing_of, others_unharmed, path_with, short
from tests.functions.id_fields import id_fields, named_in
from tests.functions.routes import Known
from tests.world import Answer, fresh_world

Asks = Callable[[Ids], dict[str, Any]]
"""A query or a body with an id of these; everything else in it is good."""

NONE: tuple[Asks, ...] = ()
"""Neither query nor body names a thing of anybody's."""

TAKEN = {"EXTERNAL_ID_EXISTS", "IDEMPOTENCY_KEY_REUSED"}
"""Refused because it is ours: so the request was good but for that."""

FEE = {
    "pricingType": "RecurringPerUnit",
    "billingFrequency": "Monthly",
    "pricePoints": [{"currency": "USD", "unitPrice": 1}],
}
CUSTOMER = {"externalCustomerId": "Alpha-customer-name"}
EMAIL = "ada@alpha.example"


def product_name(ids: Ids) -> dict[str, Any]:
    return {"externalId": ids["product name"]}


def attribute_to_change(ids: Ids) -> dict[str, Any]:
    return {"productAttributes": [{"productAttributeId": ids["attribute"], "name": "Fee", "pricing": FEE}]}


def attribute_in_credits(ids: Ids) -> dict[str, Any]:
    pricing = {
        "pricingType": "UsagePrepaidCredits",
        "eventName": "e",
        "creditsCurrencyId": ids["currency"],
        "creditCost": 1,
    }
    return {"productAttributes": [{"name": "Credits", "pricing": pricing}]}


def attribute_with_credits(ids: Ids) -> dict[str, Any]:
    benefits = [{"creditsCurrencyId": ids["currency"], "amount": 1}]
    return {"productAttributes": [{"name": "Fee", "pricing": FEE, "creditBenefits": benefits}]}


def price_in_credits(ids: Ids) -> dict[str, Any]:
    return {"pricing": attribute_in_credits(ids)["productAttributes"][0]["pricing"]}


def price_with_credits(ids: Ids) -> dict[str, Any]:
    return {"pricing": FEE, "creditBenefits": [{"creditsCurrencyId": ids["currency"], "amount": 1}]}


def plan_of(ids: Ids) -> dict[str, Any]:
    return {"productId": ids["product"], "attributes": plan_at(FEE)(ids)["attributes"]}


def plan_at(pricing: dict[str, Any]) -> Asks:
    return lambda ids: {"attributes": [{"productAttributeId": ids["attribute"], "pricing": pricing}]}


def plan_in_credits(ids: Ids) -> dict[str, Any]:
    return plan_at(price_in_credits(ids)["pricing"])(ids)


def plan_with_credits(ids: Ids) -> dict[str, Any]:
    (attribute,) = plan_at(FEE)(ids)["attributes"]
    return {"attributes": [{**attribute, "creditBenefits": price_with_credits(ids)["creditBenefits"]}]}


def plan_name(ids: Ids) -> dict[str, Any]:
    return {"externalId": ids["plan name"]}


PLAN_CHANGES: tuple[Asks, ...] = (plan_at(FEE), plan_in_credits, plan_with_credits, plan_name)


def grant_in(ids: Ids) -> dict[str, Any]:
    return {"creditCurrencyKey": ids["currency key"], "amount": 1}


def prices_by_name(ids: Ids) -> dict[str, Any]:
    return {"productId": ids["product name"]}


def contact_by_name(ids: Ids) -> dict[str, Any]:
    return {"email": EMAIL, "customerId": ids["customer name"]}


def new_order(**named: str) -> Asks:
    """An order of ours with one field that names somebody's thing, all else ours."""

    def ask(ids: Ids) -> dict[str, Any]:
        fields: dict[str, Any] = {field: ids[thing] for field, thing in named.items()}
        if "productId" in fields:
            fields["lines"] = [{"productId": fields.pop("productId")}]
        if "billingContactIds" in fields:
            fields["billingContactIds"] = [fields["billingContactIds"]]
        return fields

    return ask


def signal(**fields: Callable[[Ids], object]) -> Asks:
    def ask(ids: Ids) -> dict[str, Any]:
        named = {name: value(ids) for name, value in fields.items()}
        return {"signals": [{"eventName": "e", "customer": CUSTOMER, **named}]}

    return ask


def cost(**fields: Callable[[Ids], object]) -> Asks:
    def ask(ids: Ids) -> dict[str, Any]:
        named = {name: value(ids) for name, value in fields.items()}
        return {"costs": [{"customer": CUSTOMER, "amount": 1, "currency": "USD", **named}]}

    return ask


def amendment(intent_type: str, **fields: Callable[[Ids], object]) -> Asks:
    """An intent; the version of the order is that of ours: see `asked`."""

    def ask(ids: Ids) -> dict[str, Any]:
        named = {name: value(ids) for name, value in fields.items()}
        return {"orderVersion": 0, "intents": [{"type": intent_type, **named}]}

    return ask


def priced_in_credits(ids: Ids) -> dict[str, Any]:
    benefits = [{"creditsCurrencyId": ids["currency"], "amount": 1}]
    return {**price_in_credits(ids)["pricing"], "creditBenefits": benefits}


def extended(ids: Ids) -> dict[str, Any]:
    """A line that goes on with its order; one without an end gets one first, as none is later."""
    ended = amendment("updateOrderTerm", newEndDate=lambda _: "2027-06-01T00:00:00Z")(ids)
    later = amendment(
        "updateOrderTerm", extendLineIds=lambda ids: [ids["order line"]], newEndDate=lambda _: "2028-01-01T00:00:00Z"
    )
    return {**ended, "intents": [*ended["intents"], *later(ids)["intents"]]}


of_a_plan = amendment(
    "addAttribute",
    productId=lambda ids: ids["product"],
    planProductId=lambda ids: ids["plan"],
    lineName=lambda _: "More",
    quantity=lambda _: 1,
    pricing=lambda _: FEE,
)

AMENDMENTS: tuple[Asks, ...] = (
    amendment("updateQuantity", orderLineAttributeId=lambda ids: ids["fee"], newQuantity=lambda _: 2),
    amendment("updatePricing", orderLineAttributeId=lambda ids: ids["usage"], newPricing=priced_in_credits),
    amendment("addFromCatalog", productAttributeId=lambda ids: ids["attribute"]),
    amendment(
        "addAttribute",
        productId=lambda ids: ids["product"],
        productAttributeId=lambda ids: ids["attribute"],
        lineName=lambda _: "More",
        quantity=lambda _: 1,
        pricing=lambda ids: {**priced_in_credits(ids), "eventName": "f"},
    ),
    amendment("updateLineTerm", orderLineId=lambda ids: ids["order line"], newEndDate=lambda _: "2027-01-01T00:00:00Z"),
    extended,
    of_a_plan,
)

REFERENCES: Mapping[str, tuple[Asks, ...]] = {
    "GET /products/": NONE,
    "POST /products/": (lambda ids: {"name": "x", "externalId": ids["spare name"]},),
    "GET /products/{id}": NONE,
    "GET /products/external/{external_id}": NONE,
    "PUT /products/{id}": (product_name, attribute_to_change, attribute_in_credits, attribute_with_credits),
    "PUT /products/external/{external_id}": (
        product_name,
        attribute_to_change,
        attribute_in_credits,
        attribute_with_credits,
    ),
    "GET /pricing/": (lambda ids: {"productId": ids["product"]}, prices_by_name),
    "GET /pricing/{id}": NONE,
    "PUT /pricing/{id}": (price_in_credits, price_with_credits),
    "GET /plans/": (
        lambda ids: {"productId": ids["product"]},
        lambda ids: {"externalProductId": ids["product name"]},
    ),
    "POST /plans/": (plan_of, *PLAN_CHANGES),
    "GET /plans/{id}": NONE,
    "GET /plans/external/{external_id}": NONE,
    "PUT /plans/{id}": PLAN_CHANGES,
    "PUT /plans/external/{external_id}": PLAN_CHANGES,
    "PUT /plans/upgrade-path": (
        lambda ids: {"productId": ids["product"], "groups": []},
        lambda ids: {"groups": [{"planIds": [ids["plan"]]}]},
    ),
    "GET /customers/": (
        lambda ids: {"externalId": ids["customer name"]},
        lambda ids: {"externalId": ids["alias"]},
        lambda _: {"name": THEIRS},
    ),
    "POST /customers/": (
        lambda ids: {"name": "x", "externalId": ids["customer name"]},
        lambda ids: {"name": "x", "externalId": ids["alias"]},
    ),
    "GET /customers/{id}": NONE,
    "GET /customers/external/{external_id}": NONE,
    "PUT /customers/{id}": (lambda ids: {"externalId": ids["lonely name"]},),
    "PUT /customers/external/{external_id}": (lambda ids: {"externalId": ids["customer name"]},),
    "DELETE /customers/{id}": NONE,
    "DELETE /customers/external/{external_id}": NONE,
    "GET /customers/{id}/state": NONE,
    "GET /customers/external/{external_id}/state": NONE,
    "GET /customers/{id}/aliases": NONE,
    "GET /customers/external/{external_id}/aliases": NONE,
    "POST /customers/{id}/aliases": (lambda ids: {"alias": ids["user"]}, lambda ids: {"alias": ids["order name"]}),
    "POST /customers/external/{external_id}/aliases": (lambda ids: {"alias": ids["spare name"]},),
    "DELETE /customers/{id}/aliases/{alias}": NONE,
    "DELETE /customers/external/{external_id}/aliases/{alias}": NONE,
    "PUT /customers/{customer_external_id}/users/{user_external_id}": NONE,
    "GET /credits/currencies": NONE,
    "GET /credits/transactions": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"externalCustomerId": ids["alias"]},
        lambda ids: {"creditsCurrencyId": ids["currency"]},
        lambda ids: {"creditCurrencyKey": ids["currency key"]},
        lambda ids: {"orderId": ids["order"]},
    ),
    "POST /credits/currencies": (lambda ids: {"name": "x", "key": ids["currency key"]},),
    "PUT /credits/currencies/{id}": NONE,
    "POST /customers/{id}/credits/grants": (grant_in,),
    "POST /customers/external/{external_id}/credits/grants": (grant_in,),
    "GET /customers/{id}/credits/balances": NONE,
    "GET /customers/external/{external_id}/credits/balances": NONE,
    "GET /customers/{id}/credits/pending-consumption": NONE,
    "GET /customers/external/{external_id}/credits/pending-consumption": NONE,
    "GET /contacts/": NONE,
    "POST /contacts/": (
        lambda ids: {"email": EMAIL, "customerId": ids["customer"]},
        contact_by_name,
        lambda ids: {"email": EMAIL, "externalId": ids["contact name"]},
    ),
    "GET /contacts/{id}": NONE,
    "GET /contacts/external/{external_id}": NONE,
    "PUT /contacts/{id}": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalId": ids["contact name"]},
    ),
    "PUT /contacts/external/{external_id}": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalId": ids["contact name"]},
    ),
    "DELETE /contacts/{id}": NONE,
    "DELETE /contacts/external/{external_id}": NONE,
    "GET /orders/": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"externalCustomerId": ids["alias"]},
        lambda ids: {"externalId": ids["order name"]},
    ),
    "POST /orders/": (
        new_order(customerId="customer"),
        new_order(billingCustomerId="customer"),
        new_order(billingContactIds="contact"),
        new_order(productId="product"),
        lambda ids: {"lines": [{"planId": ids["plan"]}]},
        new_order(externalId="order name"),
    ),
    "GET /orders/{id}": NONE,
    "PUT /orders/{id}": (
        new_order(externalId="order name"),
        new_order(billingCustomerId="customer"),
        new_order(billingContactIds="contact"),
    ),
    "DELETE /orders/{id}": NONE,
    "POST /orders/{id}/activate": NONE,
    "GET /orders/{id}/amendments/options": NONE,
    "POST /orders/{id}/amendments/preview": AMENDMENTS,
    "POST /orders/{id}/amendments": AMENDMENTS,
    "GET /orders/{id}/invoice-preview": NONE,
    "GET /orders/{id}/lines": NONE,
    "GET /orders/{id}/seats": (lambda ids: {"productExternalId": ids["product name"]},),
    "PUT /orders/{id}/seats/{seat_id}": (lambda ids: {"userExternalId": ids["user"]},),
    "POST /orders/{id}/seat-assignments": (
        lambda ids: {"assignments": [{"seatId": ids["seat"], "userExternalId": None}]},
        lambda ids: {"assignments": [{"seatId": ids["seat"], "userExternalId": ids["user"]}]},
    ),
    "POST /signals/bulk": (
        signal(customer=lambda ids: {"customerId": ids["customer"]}),
        signal(customer=lambda ids: {"externalCustomerId": ids["customer name"]}),
        signal(attribution=lambda ids: {"externalProductId": ids["product name"]}),
        signal(attribution=lambda ids: {"productId": ids["product"]}),
        signal(customerUnit=lambda ids: {"externalCustomerUnitId": ids["user"]}),
        signal(idempotencyKey=lambda ids: ids["signal"]),
    ),
    "POST /costs/bulk": (
        cost(customer=lambda ids: {"customerId": ids["customer"]}),
        cost(customer=lambda ids: {"externalCustomerId": ids["customer name"]}),
        cost(product=lambda ids: {"productId": ids["product"]}),
        cost(product=lambda ids: {"externalProductId": ids["product name"]}),
        cost(idempotencyKey=lambda ids: ids["signal"]),
    ),
    "GET /costs/unpriced": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
    ),
    "POST /costs/unpriced/reprice": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
    ),
    "GET /signals/": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"productId": ids["product"]},
        lambda ids: {"externalProductId": ids["product name"]},
    ),
    "GET /signals/{id}": NONE,
    "GET /signals/{id}/cost": NONE,
    "GET /customers/{id}/margin": NONE,
    "GET /customers/external/{external_id}/margin": NONE,
    "GET /customers/external/{external_id}/costs": NONE,
    "GET /products/{id}/margin": NONE,
    "GET /products/external/{external_id}/margin": NONE,
    "GET /traces": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"externalCustomerId": ids["alias"]},
        lambda ids: {"externalProductId": ids["product name"]},
        lambda ids: {"externalAgentId": ids["product name"]},
    ),
    "GET /signals/receipts/{idempotency_key}": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"externalCustomerId": ids["alias"]},
    ),
    "GET /invoices/": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"orderId": ids["order"]},
    ),
    "GET /invoices/{id}": NONE,
    "PUT /invoices/{id}": NONE,
    "GET /invoices/{id}/lines": NONE,
    "GET /invoices/{id}/lines/{line_id}/explanation": NONE,
    "GET /invoices/{id}/pdf": NONE,
    "POST /invoices/{id}/post": NONE,
    "POST /invoices/{id}/void": NONE,
    "POST /invoices/{id}/rebill": NONE,
    "GET /payments/": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"externalCustomerId": ids["customer name"]},
        lambda ids: {"externalCustomerId": ids["alias"]},
    ),
    "POST /payments/": (
        lambda ids: {"customerId": ids["customer"]},
        lambda ids: {"customerId": None, "externalCustomerId": ids["customer name"]},
        lambda ids: {"customerId": None, "externalCustomerId": ids["alias"]},
        lambda ids: {"idempotencyKey": ids["key"]},
    ),
    "GET /payments/{id}": NONE,
    "GET /payment-allocations/": (
        lambda ids: {"paymentId": ids["payment"]},
        lambda ids: {"invoiceId": ids["invoice"]},
    ),
    "POST /payment-allocations/": (
        lambda ids: {"paymentId": ids["payment"]},
        lambda ids: {"allocations": [{"invoiceLineId": ids["invoice line"], "amount": 1}]},
        lambda ids: {"idempotencyKey": ids["key"]},
    ),
    "GET /webhooks/": NONE,
    "PATCH /webhooks/{name}": NONE,
    "POST /webhooks/rotate-secret": NONE,
    "POST /webhooks/{name}/test": NONE,
    "GET /webhooks/{name}/deliveries": NONE,
}
WRONG_KIND = {prices_by_name, contact_by_name, of_a_plan}
"""Names where ids are expected, or anything where nothing is: ours would not do either."""

OURS: Mapping[str, Asks] = {
    "POST /orders/": lambda ids: {"customerId": ids["customer"]},
    "POST /contacts/": lambda ids: {"customerId": ids["customer"]},
    "POST /plans/": plan_of,
    "PUT /plans/upgrade-path": lambda ids: {"productId": ids["product"]},
    "POST /payments/": lambda ids: {
        "customerId": ids["customer"],
        "amount": 1,
        "currency": "USD",
        "paymentType": "cash",
    },
    "POST /payment-allocations/": lambda ids: {
        "paymentId": ids["payment"],
        "allocations": [{"invoiceLineId": ids["invoice line"], "amount": 1}],
    },
}
"""What a request cannot do without: ours, unless it is what is asked about."""

NAMES_NOTHING = {"lines[].attributes[].pricing.creditsCurrencyId"}
"""Fields that look as if they named a thing, and hold words of the caller's own."""

READ_FIRST = sorted(CLOSED, key=lambda known: (known.method != "GET", short(known) != "POST /payments/"))
"""A name of theirs that we use may be a name of ours afterwards, so what only asks for one comes before."""


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with fresh_world() as world:
        yield from others_unharmed(world)


def test_every_route_is_known_here() -> None:
    assert set(REFERENCES) == {short(known) for known in CLOSED}


@pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in CLOSED])
def test_every_field_that_may_name_a_thing_is_asked_about_here(two: Two, route: Known) -> None:
    asked_about = {field for ask in REFERENCES[short(route)] for field in named_in(ask(two.our_ids))}

    assert id_fields(route) - asked_about - NAMES_NOTHING == set()


@pytest.mark.parametrize(
    ("route", "ask"),
    [
        pytest.param(known, ask, id=f"{known}-{number}")
        for known in READ_FIRST
        for number, ask in enumerate(REFERENCES[short(known)], start=1)
    ],
)
def test_their_ids_in_query_and_body_are_answered_as_ids_that_nobody_has(two: Two, route: Known, ask: Asks) -> None:
    before = two.first_not_ours
    unknown = nothing_of(two.their_ids)

    with_theirs = asked(two, route, ask(two.their_ids))
    with_none = asked(two, route, ask(unknown))

    assert told(with_theirs, two.their_ids) == told(with_none, unknown)
    assert with_theirs.status in {200, 201, 400, 404}
    if route.method == "GET" and with_theirs.status == 200:
        assert with_theirs.body.get("data", with_theirs.body.get("traces")) == []
    assert two.not_ours() == before
    if ask not in WRONG_KIND:
        with_ours = asked(two, route, ask(two.our_ids))
        assert with_ours.status in {200, 201} or with_ours.body["code"] in TAKEN, with_ours


def asked(two: Two, route: Known, fields: dict[str, Any]) -> Answer:
    """The answer to our organization: in its own path its own things."""
    path = path_with(route, two.our_ids)
    if route.method == "GET":
        return two.ours.call("GET", path, query=fields)
    if short(route) in OURS:
        fields = {**OURS[short(route)](two.our_ids), **fields}
    for line in fields.get("lines", ()):
        line.setdefault("productId", two.our_ids["product"])
    if "orderVersion" in fields:
        order = two.ours.get(path.partition("/amendments")[0])
        fields = {**fields, "orderVersion": order["version"]}
    answer = two.ours.call(route.method, path, fields)
    if route.method == "PUT" and answer.status == 200 and "externalId" in fields:
        put_back_name(two, route, answer.body["id"])
    return answer


def put_back_name(two: Two, route: Known, thing_id: str) -> None:
    resource = short(route).split("/")[1]
    name = two.our_ids[f"{resource.removesuffix('s')} name"]
    assert two.ours.call("PUT", f"/{resource}/{thing_id}", {"externalId": name}).status == 200


def told(answer: Answer, ids: Ids) -> tuple[int, object]:
    """Of a refusal its words without the ids that the caller gave, of anything else its outcome."""
    if answer.status >= 400:
        sentence = answer.sentence
        for thing in sorted(ids, key=lambda thing: -len(ids[thing])):
            sentence = sentence.replace(ids[thing], f"<{thing}>")
        return answer.status, sentence
    outcome = {name: answer.body.get(name) for name in ("ingested", "duplicates", "failed", "pagination")}
    return answer.status, outcome
