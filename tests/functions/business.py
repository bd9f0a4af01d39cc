"""Two organizations in the middle of their business: of everything that the API names each has at least one."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from functions.runtime.chance import new_id
from tests.functions.routes import ROUTES, Known, filled_with
from tests.functions.sales import START, Seller, fee, seats, usage
from tests.memory import items
from tests.world import PREFIX, Tenant, World

Ids = Mapping[str, str]

OURS, THEIRS = "Alpha", "Bravo"
"""Stand in every name that the two gave."""

CLOSED = tuple(known for known in ROUTES if known.scope is not None)

PATHS: Mapping[str, Mapping[str, str]] = {
    "products": {"id": "product", "external_id": "product name"},
    "pricing": {"id": "attribute"},
    "plans": {"id": "plan", "external_id": "plan name"},
    "customers": {
        "id": "customer",
        "external_id": "customer name",
        "customer_external_id": "customer name",
        "user_external_id": "user",
        "alias": "alias",
    },
    "contacts": {"id": "contact", "external_id": "contact name"},
    "credits": {"id": "currency"},
    "orders": {"id": "order", "seat_id": "seat"},
    "signals": {"id": "signal", "idempotency_key": "key"},
    "invoices": {"id": "invoice", "line_id": "invoice line"},
    "payments": {"id": "payment"},
    "payment-allocations": {},
    "traces": {},
    "webhooks": {"name": "webhook"},
}
"""By resource and path parameter, which thing stands there."""

NAMES_ALIKE = frozenset({"webhook"})
"""Things that are called the same in every organization: their names tell nothing, and lead each to its own."""

INSTEAD = {
    "DELETE /customers/{id}": "lonely customer",
    "DELETE /customers/external/{external_id}": "lonely name",
    "DELETE /orders/{id}": "spare order",
    "POST /orders/{id}/activate": "draft order",
    "POST /invoices/{id}/post": "draft invoice",
    **{
        f"{route}": "amended order"
        for route in (
            "GET /orders/{id}/amendments/options",
            "POST /orders/{id}/amendments/preview",
            "POST /orders/{id}/amendments",
        )
    },
}
"""Routes that would change nothing with the ordinary thing of their resource."""

QUERIES: Mapping[str, Callable[[Ids], dict[str, str]]] = {
    "GET /pricing/": lambda ids: {"productId": ids["product"]},
    "GET /payment-allocations/": lambda ids: {"paymentId": ids["payment"]},
}
"""What a GET route cannot do without."""


LATER = "2026-01-01T00:00:00Z"
"""When an order begins that is sold already, and has no invoices yet."""

WEBHOOK = "billing-invoice-paid"
"""Nothing that the tests do makes it happen."""

NOBODY = "http://127.0.0.1:9"
"""A receiver that refuses every connection."""


@dataclass(frozen=True)
class Two:
    """Our organization and another, with the names of what they have."""

    world: World
    ours: Tenant
    our_ids: Ids
    theirs: Tenant
    their_ids: Ids

    @cached_property
    def first_not_ours(self) -> list[str]:
        return self.not_ours()

    def not_ours(self) -> list[str]:
        """All items of all tables, but for those that name our organization."""
        self.world.work()
        return [item for item in items() if self.ours.organization_id not in item]

    def state_of_theirs(self) -> dict[str, object]:
        """What the API answers them of everything they have; what is in a PDF is in the JSON of its invoice too."""
        self.world.work()
        gets = [known for known in CLOSED if known.method == "GET" and known.function != "invoice_documents"]
        return {str(known): self.read_theirs(known) for known in gets}

    def read_theirs(self, known: Known) -> object:
        answer = self.theirs.call("GET", path_with(known, self.their_ids), query=query_of(known, self.their_ids))
        assert answer.status == 200, (str(known), answer)
        return answer.body


def two_businesses(world: World) -> Two:
    return Two(world, *business(world, OURS), *business(world, THEIRS))


def others_unharmed(world: World) -> Iterator[Two]:
    """Two businesses, of which the other is answered in the end as it was at first."""
    two = two_businesses(world)
    before = two.state_of_theirs()
    yield two
    assert two.state_of_theirs() == before


def business(world: World, name: str) -> tuple[Tenant, Ids]:
    """The organization, and what its things are called; its own names for them all begin with `name`."""
    tenant = world.tenant(name, clock=date(2025, 7, 10))
    given = (
        "product name",
        "plan name",
        "spare name",
        "customer name",
        "lonely name",
        "contact name",
        "order name",
        "alias",
        "user",
        "key",
    )
    named = {thing: f"{name}-{thing.replace(' ', '-')}" for thing in given}
    named["currency key"] = f"{name.lower()}-credits"
    lonely = tenant.create("/customers/", name=f"{name} Lonely", externalId=named["lonely name"])
    customer = tenant.create("/customers/", name=f"{name} Ltd", externalId=named["customer name"])
    tenant.create(f"/customers/{customer['id']}/aliases", alias=named["alias"])
    tenant.call("PUT", f"/customers/{named['customer name']}/users/{named['user']}", {"name": name})
    currency = tenant.create("/credits/currencies", name=f"{name} Credits", key=named["currency key"])
    tenant.create(f"/customers/{customer['id']}/credits/grants", creditCurrencyKey=named["currency key"], amount=100)
    contact = tenant.create(
        "/contacts/", customerId=customer["id"], email=f"{name}@example.com", externalId=named["contact name"]
    )
    shop = Seller(world, tenant, customer["id"])
    product_id = shop.product(fee(), seats(), usage(), name=f"{name} SDR", externalId=named["product name"])
    tenant.create("/products/", name=f"{name} Spare", externalId=named["spare name"])
    attribute_id = tenant.get(f"/products/{product_id}")["productAttributes"][0]["productAttributeId"]
    plan = tenant.create(
        "/plans/",
        productId=product_id,
        name=f"{name} Starter",
        externalId=named["plan name"],
        isDefault=False,
        attributes=[{"productAttributeId": attribute_id, "pricing": fee()["pricing"]}],
    )
    order: Any = {
        "customerId": customer["id"],
        "billingContactIds": [contact["id"]],
        "startDate": START,
        "name": f"{name} Pro",
        "autoPostInvoices": True,
        "lines": [{"productId": product_id}],
    }
    draft, spare = (tenant.create("/orders/", **order) for _ in range(2))
    active = shop.activate(tenant.create("/orders/", **order, externalId=named["order name"]))
    seat = tenant.get(f"/orders/{active['id']}/seats")["data"][0]
    amended = shop.activate(
        tenant.create("/orders/", **{**order, "startDate": LATER, "lines": [_fee_and_usage(product_id)]})
    )
    (sold,) = tenant.get(f"/orders/{amended['id']}/amendments/options")["lines"]
    components = [component["orderLineAttributeId"] for component in sold["attributes"]]
    tenant.call("PUT", f"/orders/{active['id']}/seats/{seat['id']}", {"userExternalId": named["user"]})
    signal = {
        "eventName": f"{name}-event",
        "customer": {"externalCustomerId": named["customer name"]},
        "idempotencyKey": named["key"],
    }
    tenant.call("POST", "/signals/bulk", {"signals": [signal]})
    cost = {
        "customer": {"customerId": customer["id"]},
        "product": {"productId": product_id},
        "amount": 1,
        "currency": "USD",
        "vendor": f"{name}-vendor",
    }
    tenant.call("POST", "/costs/bulk", {"costs": [cost]})
    world.work()
    tenant.call("PATCH", f"/webhooks/{WEBHOOK}", {"enabled": True, "url": f"{NOBODY}/{name}"})
    june, july = tenant.get("/invoices/")["data"]
    line = tenant.get(f"/invoices/{july['id']}/lines")["data"][0]
    payment = tenant.create(
        "/payments/",
        customerId=customer["id"],
        amount=400_00,
        currency="USD",
        paymentType="bankTransfer",
        metadata={"reference": f"{name}-payment"},
        idempotencyKey=named["key"],
    )
    part = {"invoiceLineId": line["id"], "amount": 1_00}
    tenant.create("/payment-allocations/", paymentId=payment["id"], allocations=[part])
    return tenant, {
        **named,
        "product": product_id,
        "attribute": attribute_id,
        "plan": plan["id"],
        "customer": customer["id"],
        "lonely customer": lonely["id"],
        "contact": contact["id"],
        "currency": currency["id"],
        "draft order": draft["id"],
        "spare order": spare["id"],
        "order": active["id"],
        "seat": seat["id"],
        "amended order": amended["id"],
        "order line": sold["orderLineId"],
        "fee": components[0],
        "usage": components[1],
        "signal": tenant.get("/signals/")["data"][0]["id"],
        "webhook": WEBHOOK,
        "draft invoice": june["id"],
        "invoice": july["id"],
        "invoice line": line["id"],
        "payment": payment["id"],
    }


def _fee_and_usage(product_id: str) -> Mapping[str, object]:
    return {"productId": product_id, "attributes": [{"name": "Fee"}, {"name": "E-mails"}]}


_numbers = itertools.count(1)


def nothing_of(ids: Ids) -> Ids:
    """Names for the same things that nobody has: others at every call."""
    number = next(_numbers)
    return {thing: _unlike(name) or f"no-{number}-{thing.replace(' ', '-')}" for thing, name in ids.items()}


def _unlike(name: str) -> str | None:
    """Another id that is made as this one is, so that only its absence can tell; None for a name that was given."""
    prefix, _, made = name.partition("_")
    return new_id(prefix) if made and prefix in {"con", "cus", "inv", "ord", "pay", "plan", "prod"} else None


def names_somebody(route: Known) -> bool:
    """Whether an id of an organization's own is in its path."""
    resource = route.path.removeprefix(PREFIX).split("/")[1]
    return any(PATHS[resource][parameter] not in NAMES_ALIKE for parameter in route.parameters)


def short(route: Known) -> str:
    return f"{route.method} {route.path.removeprefix(PREFIX)}"


def query_of(route: Known, ids: Ids) -> dict[str, str]:
    return QUERIES[short(route)](ids) if short(route) in QUERIES else {}


def path_with(route: Known, *ids: Ids) -> str:
    """The route's path below the prefix; with several ids, the first parameter takes the first, others the last."""
    resource = route.path.removeprefix(PREFIX).split("/")[1]
    values = {}
    for position, parameter in enumerate(route.parameters):
        thing = INSTEAD.get(short(route), PATHS[resource][parameter])
        values[parameter] = ids[0 if position == 0 else -1][thing]
    return filled_with(route, values).removeprefix(PREFIX)
