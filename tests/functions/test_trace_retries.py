"""What a collector does to spans on their way: it sends again, in other batches and another order. Each counts once.

The collector imitated here is OpenTelemetry's: a batch that was not answered with 200 comes again as it was, a batch
whose answer was lost does so too, several are under way at once, and another collector may batch the same spans anew.
"""

import random
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.faults import ERRORS, answer_is_lost, watched
from tests.functions.accounts import Account, own_clients
from tests.functions.sales import Seller, at, seller, usage
from tests.functions.spending import entries
from tests.functions.telemetry import call, export, request, signal, span
from tests.functions.test_costs import cost_plus
from tests.world import World

TRACES = 5

_numbers = count()


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def a_days_spans() -> list[Span]:
    """Of each trace the parent, a call told by a wrapper and by the library with one id, another call, and a signal."""
    spans: list[Span] = []
    for trace in range(1, TRACES + 1):
        parent = span("paid.trace.parent_span", trace=trace)
        answer = {"trace": trace, "parent": parent, "gen_ai.response.id": f"chatcmpl-{trace:08}"}
        spans += [
            parent,
            call((1_000_000, 0), **answer),
            call((1_000_000, 0), name="ChatCompletion", **answer),
            call((0, 100_000), trace=trace, parent=parent),
            signal(trace=trace, parent=parent),
        ]
    return spans


EACH_TRACE = 10_00 + 2 * (2_50 + 1_00)
"""A signal at 10.00, and twice the price of a million input tokens at 2.50 and 100,000 output tokens at 10.00."""


def billed(acme: Seller) -> int:
    acme.world.work()
    acme.world.advance_clock(acme.tenant, date(2025, 7, 1))
    return sum(invoice["invoiceTotal"] for invoice in acme.tenant.get("/invoices/")["data"])


def sell(acme: Seller) -> None:
    acme.sell(usage(at(10_00)), cost_plus(2))
    (product,) = acme.tenant.get("/products/")["data"]
    acme.tenant.call("PUT", f"/products/{product['id']}", {"externalId": "sdr"})


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_collector_does_each_span_is_billed_once(acme: Seller, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    sell(acme)
    spans = a_days_spans()
    sent: list[list[Span]] = []

    for _ in range(3):
        chance.shuffle(spans)
        size = chance.randint(1, len(spans))
        batches = [spans[start : start + size] for start in range(0, len(spans), size)]
        for batch in batches:
            _deliver(acme, batch, chance)
        sent += batches
        if chance.random() < 0.5:
            acme.world.work()
    for batch in chance.sample(sent, len(sent) // 2):
        _deliver(acme, batch, chance)

    assert billed(acme) == TRACES * EACH_TRACE


def _deliver(acme: Seller, batch: list[Span], chance: random.Random) -> None:
    """Until it is answered with 200, as an exporter does: faults strike the call to the queue, before it or after."""
    while True:
        fault = chance.choice([None, None, *ERRORS])
        with watched(own_clients(), fault, at=None if fault is None else "SendMessage"):
            answer = export(request(*batch), key=acme.tenant.secret)
        if answer.status == 200:
            return
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_an_answer_that_is_lost_makes_nothing_count_twice(acme: Seller) -> None:
    spans = a_days_spans()

    with watched(own_clients(), answer_is_lost, at="SendMessage"):
        first = export(request(*spans), key=acme.tenant.secret)
    second = export(request(*spans), key=acme.tenant.secret)
    acme.world.work()

    assert (first.status, second.status) == (503, 200)
    assert len(entries(acme)) == 3 * TRACES


def test_the_balance_accounts_for_what_came_as_spans_and_came_again(acme: Seller) -> None:
    spans = a_days_spans()

    for _ in range(2):
        assert export(request(*spans), key=acme.tenant.secret).status == 200
        acme.world.work()

    # Of each trace a signal and two costs, sent twice; no order counts them.
    each = 3 * TRACES
    assert Account(acme, "no product").ends() == (2 * each, 0, each, each, 0, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_division_and_order_of_spans_logs_the_same_entries(acme: Seller, data: st.DataObject) -> None:
    """But for what only a whole batch shows: here a call told twice has one id, and no other is nested."""
    customer = f"customer {next(_numbers)}"
    spans = [signal(customer=customer), call(customer=customer), *_told_twice(customer)]
    order = data.draw(st.permutations(spans * 2))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=4)))

    for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        export(request(*order[start:end]), key=acme.tenant.secret)
    acme.world.work()

    (logged,) = [each for each in acme.tenant.get("/customers/")["data"] if each["externalId"] == customer]
    assert sorted(entry.event_name for entry in entries(acme, logged["id"])) == ["", "", "email_sent"]


def _told_twice(customer: str) -> list[Span]:
    said = {"gen_ai.response.id": "chatcmpl-00000001"}
    wrapper = call(customer=customer, **said)
    return [wrapper, call(customer=customer, parent=wrapper, **said)]
