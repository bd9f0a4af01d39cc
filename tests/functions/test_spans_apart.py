"""Each span in a request of its own, as the client for Node sends them: of those that tell of one call one counts."""

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.functions.accounts import own_clients
from tests.functions.sales import Seller, seller
from tests.functions.spending import entries
from tests.functions.telemetry import call, export, request, span
from tests.functions.test_trace_retries import billed, sell
from tests.world import World

WRAPPERS, LIBRARYS = "paid.node", "openinference.instrumentation.openai"


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def told_twice(trace: int = 1) -> list[tuple[Span, str]]:
    """A million input tokens of gpt-4o at $2.50, told by the library and by the wrapper around it."""
    around = span("paid.trace.parent_span", trace=trace)
    wrapper = call((1_000_000, 0), trace=trace, parent=around)
    return [(call((1_000_000, 0), trace=trace, parent=wrapper, name="ChatCompletion"), LIBRARYS), (wrapper, WRAPPERS)]


def send(acme: Seller, *spans: tuple[Span, str]) -> int:
    made = request()
    for each, scope in spans:
        made.MergeFrom(request(each, scope=scope))
    return export(made, key=acme.tenant.secret).status


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("fault", [*CRASHES, *ERRORS])
def test_whatever_happens_to_either_of_two_spans_one_is_billed(
    acme: Seller, fault: Fault, order: int, subtests: pytest.Subtests
) -> None:
    """The exporter comes again with what was not answered; at twice its price the call is $5.00, in each trace."""
    sell(acme)
    cases = [(which, operation) for which in (0, 1) for operation in ("GetItem", "UpdateItem", "SendMessage")]
    for trace, (which, operation) in enumerate(cases, 1):
        with subtests.test(which=which, operation=operation):
            for number, each in enumerate(told_twice(trace)[::order]):
                try:
                    with watched(own_clients(), fault if number == which else None, at=operation):
                        status = send(acme, each)
                except Crash:
                    status = 503
                while status != 200:
                    status = send(acme, each)

            acme.world.work()
            assert len(entries(acme)) == trace

    assert billed(acme) == len(cases) * 5_00


def test_a_span_alone_is_asked_for_once_and_a_batch_not_at_all(acme: Seller) -> None:
    """What a batch shows needs no asking, and a batch of 512 spans has but three calls to make."""
    with watched(own_clients()) as alone:
        assert send(acme, told_twice(1)[0]) == 200
    with watched(own_clients()) as together:
        assert send(acme, *told_twice(2)) == 200

    assert alone.calls.count("UpdateItem") - together.calls.count("UpdateItem") == 1
    assert together.calls[-1] == alone.calls[-1] == "SendMessage"


def test_the_spans_of_another_organization_take_nobodys_place(acme: Seller) -> None:
    """Though their ids are the same."""
    inner, outer = told_twice()
    other = seller(acme.world, name="Another")

    assert send(other, inner) == send(acme, outer) == 200

    acme.world.work()
    assert len(entries(acme)) == 1


def test_a_call_of_nobody_leaves_that_of_a_customer_where_it_is(acme: Seller) -> None:
    inner, wrapper = told_twice()
    nobodys = call((1_000_000, 0), customer=None)
    nobodys.trace_id, nobodys.parent_span_id = inner[0].trace_id, wrapper[0].span_id

    assert send(acme, (nobodys, LIBRARYS)) == send(acme, wrapper) == 200

    acme.world.work()
    assert len(entries(acme)) == 1


@pytest.mark.parametrize("scope", [LIBRARYS, "ai"])
def test_what_is_refused_leaves_no_mark(acme: Seller, scope: str) -> None:
    """The wrapper's span counts, for the library's, whose model has a name of 300 characters, does not."""
    (inner, _), wrapper = told_twice()
    (model,) = (each for each in inner.attributes if each.key == "gen_ai.response.model")
    model.value.string_value = "m" * 300

    assert send(acme, (inner, scope)) == send(acme, wrapper) == 200

    acme.world.work()
    (entry,) = entries(acme)
    assert entry.data is not None
    assert entry.data["paid"] == {"trace_id": inner.trace_id.hex(), "span_id": wrapper[0].span_id.hex()}
