"""Faults at the one place that every AWS call passes: botocore's `before-call` event, where the request is complete.

    crash, or an error   ──▶  the call has no effect
    sent, then a crash   ──▶  it has, and nobody learns of it
    an answer of ours    ──▶  throttled, or refused because of a transaction under way
    anything else first  ──▶  a race, without threads: another worker runs whole between two calls of this one

What botocore would try again by itself fails here for good, as after its last attempt.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.httpchecksum import apply_request_checksum

from local.resources import Clients
from tests.permissions import acting_as

Answer = tuple[AWSResponse, dict[str, Any]]
"""What botocore takes for a response: the HTTP answer and its parsed body."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call about to be sent. `send` sends it at once and answers what AWS answered."""

    operation: str
    body: bytes
    send: Callable[[], Answer]


Fault = Callable[[Call], Answer | None]
"""Happens in the place of a call, or, answering None, before it."""


class Crash(BaseException):
    """The execution environment ends, and its memory with it; no `except Exception` notices."""


def crashes_before(_: Call) -> None:
    raise Crash


def crashes_after(call: Call) -> None:
    call.send()
    raise Crash


def never_arrives(_: Call) -> None:
    raise ConnectTimeoutError(endpoint_url="https://aws.test")


def answer_is_lost(call: Call) -> None:
    """The effect took place; the caller sees a timeout."""
    call.send()
    raise ReadTimeoutError(endpoint_url="https://aws.test")


def is_throttled(call: Call) -> Answer:
    if call.operation == "TransactWriteItems":
        return _cancelled(call, "ThrottlingError")
    return _refusal("ThrottlingException")


def meets_a_transaction(call: Call) -> Answer | None:
    """Another transaction holds an item that this call would write; no local back end ever says so by itself."""
    match call.operation:
        case "TransactWriteItems":
            return _cancelled(call, "TransactionConflict")
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return _refusal("TransactionConflictException")
        case "BatchExecuteStatement":
            codes = [{"Error": {"Code": "TransactionConflict"}} for _ in json.loads(call.body)["Statements"]]
            return answer(Responses=codes)
        case _:
            return None


def is_sent_twice(call: Call) -> None:
    """The first answer is lost and botocore sends the same again; a transaction's request token makes that harmless."""
    if call.operation != "TransactWriteItems":
        call.send()


def meanwhile(action: Callable[[], object]) -> Fault:
    """`action` happens right before the call."""

    def act(_: Call) -> None:
        action()

    return act


CRASHES = (crashes_before, crashes_after)
ERRORS = (never_arrives, answer_is_lost, is_throttled, meets_a_transaction, is_sent_twice)
"""What the caller may live through, so that the environment and its caches go on."""


@dataclass(slots=True)
class Watch:
    """The calls so far, by operation; `fault` happens to the one `at` that position, or to the first of that name."""

    fault: Fault | None = None
    at: int | str | None = None
    has_struck: bool = False
    calls: list[str] = field(default_factory=list)
    _is_acting: bool = False

    def before_call(self, call: Call) -> Answer | None:
        """What the fault itself calls is neither counted nor disturbed."""
        if self._is_acting:
            return None
        self.calls.append(call.operation)
        is_hit = self.at in (len(self.calls) - 1, call.operation)
        if self.fault is None or self.has_struck or not is_hit:
            return None
        self.has_struck = self._is_acting = True
        try:
            return self.fault(call)
        finally:
            self._is_acting = False


@contextmanager
def watched(clients: Clients, fault: Fault | None = None, *, at: int | str | None = None) -> Iterator[Watch]:
    """Counts the calls of these clients, from 0, and lets `fault` happen once: see `Watch`."""
    watch = Watch(fault, at)
    with listening(clients, watch.before_call):
        yield watch


@contextmanager
def listening(clients: Clients, before_call: Fault) -> Iterator[None]:
    """Asks `before_call` before each call of these clients; the call is made if that answers None."""
    with ExitStack() as stack:
        for client in (clients.dynamodb, clients.sqs, clients.s3):
            handler = _asking(before_call, client)
            client.meta.events.register_first("before-call", handler)
            stack.callback(client.meta.events.unregister, "before-call", handler)
        yield


def _asking(before_call: Fault, client: Any) -> Callable[..., Any]:
    """What botocore calls when a request is complete but for its checksum."""

    def ask(*, model: Any, params: dict[str, Any], context: Any, **_: object) -> Answer | None:
        send = partial(_send, client, model, params, context)
        with acting_as(None):
            return before_call(Call(model.name, _bytes(params["body"]), send))

    return ask


def _send(client: Any, model: Any, params: dict[str, Any], context: Any) -> Answer:
    """As botocore does it; of the request a copy, for it may be sent once more."""
    request = {**params, "headers": params["headers"].copy()}
    apply_request_checksum(request)
    answered: Answer = client._make_request(model, request, context)
    return answered


def answer(status: HTTPStatus = HTTPStatus.OK, **parsed: object) -> Answer:
    """What botocore takes for an answer of AWS."""
    parsed["ResponseMetadata"] = {"HTTPStatusCode": status}
    return AWSResponse("https://aws.test", status, HTTPHeaders(), None), parsed


def _cancelled(call: Call, code: str) -> Answer:
    writes: Sequence[object] = json.loads(call.body)["TransactItems"]
    reasons = [{"Code": code}, *({"Code": "None"} for _ in writes[1:])]
    return _refusal("TransactionCanceledException", CancellationReasons=reasons)


def _refusal(code: str, **details: object) -> Answer:
    error = {"Code": code, "Message": "so the test wants it"}
    return answer(HTTPStatus.BAD_REQUEST, Error=error, **details)


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
