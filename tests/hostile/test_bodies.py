"""Every body that a route reads, made wrong in one place: refused with a sentence that names it, or accepted whole."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from paid import Paid

from tests.client import client_of
from tests.functions.business import Two, short
from tests.functions.routes import Known
from tests.hostile.bodies import GOOD, READING, good_body, path_of
from tests.hostile.evidence import assert_refused_cleanly, calls_made, everything_stored
from tests.hostile.front_door import Caller, Reply
from tests.hostile.mutations import Mutation, mutations

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "15"))  # noqa: TID251 - `make fuzz` asks for more

EACH = pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in READING])
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_every_route_that_reads_a_body_has_a_good_one() -> None:
    assert {short(known) for known in READING} == set(GOOD)


@EACH
def test_the_good_body_is_accepted(two: Two, caller: Caller, route: Known) -> None:
    reply = sent(caller, two, route, json.dumps(good_body(route, two.our_ids)).encode())

    assert reply.status in {200, 201}, reply.content


@EACH
@BOUNDED
@given(data=st.data())
def test_a_body_that_is_wrong_in_one_place(two: Two, caller: Caller, route: Known, data: st.DataObject) -> None:
    mutation: Mutation = data.draw(mutations(good_body(route, two.our_ids)))

    before = everything_stored()
    with calls_made() as made:
        reply = sent(caller, two, route, mutation.content)

    if reply.status >= 400:
        assert_refused_cleanly(reply, before=before, calls=len(made.calls))
        assert reply.status != 400 or mutation.is_named_in(reply.said), (mutation, reply.said)
    else:
        assert reply.status in {200, 201}
        assert_read_back(two, caller, route, reply.body)


def sent(caller: Caller, two: Two, route: Known, content: bytes) -> Reply:
    return caller.send(route.method, path_of(route, two.our_ids), content)


READ_BY_CLIENT: Mapping[str, Callable[[Paid, str], Any]] = {
    "/products/": lambda paid, made: paid.products.get_product_by_id(made),
    "/plans/": lambda paid, made: paid.plans.get_plan_by_id(made),
    "/customers/": lambda paid, made: paid.customers.get_customer_by_id(made),
    "/contacts/": lambda paid, made: paid.contacts.get_contact_by_id(made),
    "/orders/": lambda paid, made: paid.orders.get_order_by_id(made),
    "/payments/": lambda paid, made: paid.payments.get_payment(made),
}

LISTED_BY_CLIENT: Mapping[str, Callable[[Paid], Any]] = {
    "/credits/currencies": lambda paid: paid.credits.list_credit_currencies(),
}
"""What cannot be asked for one by one."""


TOLD_ONCE = {"created"}
"""Whether this request made it is no part of the thing."""


def assert_read_back(two: Two, caller: Caller, route: Known, made: Any) -> None:
    """What was made is there, and in the listing, as the answer said; the published client understands it."""
    if route.method != "POST" or "id" not in made:
        return
    collection = short(route).removeprefix("POST ")
    if collection in LISTED_BY_CLIENT:
        assert made in caller.send("GET", collection).body["data"]
        assert made["id"] in {each.id for each in LISTED_BY_CLIENT[collection](client_of(two.ours)).data}
        return
    read = caller.send("GET", collection + made["id"])
    assert read.status == 200
    told = {name: value for name, value in made.items() if name not in TOLD_ONCE}
    assert {name: read.body[name] for name in told} == told
    assert READ_BY_CLIENT[collection](client_of(two.ours), made["id"]).id == made["id"]
    total = caller.send("GET", collection, query="limit=1").body["pagination"]["total"]
    last = caller.send("GET", collection, query=f"limit=1000&offset={max(total - 1000, 0)}").body["data"]
    assert made["id"] in {each["id"] for each in last}
