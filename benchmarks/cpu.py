"""The budget of the front door's own work, in `json.loads` of the same body: nothing else counts what C code does.

The processor's time of the whole handler is taken, from API Gateway's event to its answer: the check of the key, the
reading of each signal, the look for repeats, the message. Left out is the time of boto3: each call is answered at once,
with what it was answered the first time. What a request costs there does not depend on how we read it, and the calls
are counted elsewhere. Both times are minima of many tries, taken by turns, so that what else the machine does matters
little to their ratio.

What the benches have loaded is hidden from the garbage collector: no execution environment has so much.
"""

import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.budget import Budget
from benchmarks.signals import signals
from functions.wiring import aws
from local.events import LambdaContext, http_event
from local.functions import imported_handler
from local.messages import Json, Request
from local.routes import match
from tests.world import BY_NAME, PREFIX, Tenant, World, fresh_world

BULK = 1_000
LONG_LOG = 10_000
"""Signals of the customer before: their keys are looked through for repeats."""

TRIES = 200

SIGNALS = BY_NAME["signals"]


def budgets() -> list[Budget]:
    with fresh_world() as world:
        acme = world.tenant(test=False)
        _log(world, acme, BULK)
        first = _ratio(acme)
        _log(world, acme, LONG_LOG - BULK)
        return [
            Budget("bulk request of 1,000 signals: handler CPU, in json.loads of its body", 3, first),
            Budget(f"the same where the customer's log has {LONG_LOG:,} signals", 3, _ratio(acme)),
        ]


def _log(world: World, acme: Tenant, count: int) -> None:
    for _ in range(count // BULK):
        answer = acme.call("POST", "/signals/bulk", {"signals": signals(BULK)})
        if answer.body["ingested"] != BULK:
            raise RuntimeError(f"not all signals were taken: {answer}")
        world.work()


def _ratio(acme: Tenant) -> float:
    """The least time of the handler in the least time of the parsing."""
    events = [_event(acme) for _ in range(TRIES)]
    with _answered_at_once(*aws.clients()), _hidden_from_the_collector():
        times = [(_processor_time(json.loads, event["body"]), _processor_time(_handled, event)) for event in events]
    return min(handling for _, handling in times) / min(parsing for parsing, _ in times)


def _processor_time(work: Callable[[Any], object], argument: object) -> int:
    """In nanoseconds."""
    start = time.process_time_ns()
    work(argument)
    return time.process_time_ns() - start


def _handled(event: Json) -> object:
    return imported_handler(SIGNALS)(event, LambdaContext(SIGNALS))


def _event(acme: Tenant) -> Json:
    """New signals, as API Gateway delivers them."""
    request = Request(
        "POST",
        f"{PREFIX}/signals/bulk",
        headers=[("Content-Type", "application/json"), ("Authorization", f"Bearer {acme.secret}")],
        body=json.dumps({"signals": signals(BULK)}).encode(),
    )
    return http_event(request, match(request.method, request.path))


@contextmanager
def _answered_at_once(*clients: object) -> Iterator[None]:
    """A call is made when it is new; what is sent to a queue is taken, and nothing made of it."""
    with pytest.MonkeyPatch.context() as patch:
        for client in clients:
            patch.setattr(client, "_make_api_call", _remembering(client))
        yield


def _remembering(client: Any) -> Callable[[str, Json], object]:  # noqa: ANN401 - its type hides what all calls pass
    call: Callable[[str, Json], object] = client._make_api_call  # noqa: SLF001 - see above
    answers: dict[str, object] = {}

    def answer(operation: str, parameters: Json) -> object:
        if operation == "SendMessage":
            return {}
        asked = f"{operation} {parameters}"
        if asked not in answers:
            answers[asked] = call(operation, parameters)
        return answers[asked]

    return answer


@contextmanager
def _hidden_from_the_collector() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
