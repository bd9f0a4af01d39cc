"""The front door of spans without AWS: bytes go in, and what it says of them must be so.

Each request is taken twice: part by part, where a fault shows itself as what it is, and by the handler, whose answer
and messages must be those of the parts.
"""

import base64
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from functions.billing.errors import BillingError, Forbidden
from functions.billing.models.organization import Scope
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, Source
from functions.billing.models.signal_message import SignalMessage
from functions.runtime.api import Principal, status_of
from functions.runtime.signal_messages import Opened, opened
from functions.traces import handler as front_door
from functions.traces.json_bodies import in_protobuf
from functions.traces.otlp_http import MediaType, body_of
from functions.traces.reading import read
from functions.wiring import identity, tracing
from functions.wiring.tracing import accept_spans_into
from tests.fakes.span_claims import FakeSpanClaims

if TYPE_CHECKING:
    from functions.billing.telemetry.span import Span

PROTOBUF, PACKED, JSON = range(3)
"""The first byte of what is played says how the rest is sent, and from `WITHIN` on that no header has the key."""
WITHIN = 3

OK, FORBIDDEN = 200, 403
_SERVER_ERROR = 500

MAX_ENTRY_BYTES = 380_000
"""Of one entry as JSON: an item of DynamoDB takes 400 KB."""

KEY, OTHER_KEY = f"owed_live_{'k' * 43}", f"owed_live_{'o' * 43}"
_NOW = datetime(2027, 1, 1, tzinfo=UTC)
_SENDERS = {
    KEY: Sender("org_1", received_at=_NOW, is_test=False),
    OTHER_KEY: Sender("org_2", received_at=_NOW, is_test=False),
}
_SOURCE = Source("fuzz", 1, 0, 1, "2025-06-02")


class Finding(AssertionError):
    """The front door broke its word."""


class Outcome(NamedTuple):
    """`status` is what is answered, `spans` how many there were, `entries` what of them goes to the log."""

    status: int
    spans: int = 0
    entries: int = 0
    refused: int = 0


def play(content: bytes) -> Outcome:
    """Raises Finding, or whatever the front door raises that it should not."""
    way, body = (content[0], content[1:]) if content else (PROTOBUF, b"")
    form, is_within = way % 3, way // WITHIN % 2 == 1
    event = _event(form, body, key=None if is_within else KEY)
    queue = SentQueue()
    try:
        outcome = _by_parts(event, form, queue, is_within=is_within)
    except BillingError as error:
        if status_of(error) >= _SERVER_ERROR:
            raise Finding(f"{status_of(error)}: {error.sentence}") from error
        outcome = Outcome(status_of(error))
    _check_answer(event, outcome, queue)
    return outcome


def _by_parts(event: Mapping[str, Any], form: int, queue: "SentQueue", *, is_within: bool) -> Outcome:
    """Raises BillingError."""
    taken, broken = body_of(event), list[str]()
    if form == JSON:
        taken, broken = in_protobuf(taken)
    received = read(taken)
    parts: dict[str | None, list[Span]] = received.spans
    if not is_within:
        parts = {KEY: [span for each in parts.values() for span in each]}
    if len(parts) > front_door.MAX_KEYS:
        return Outcome(400)
    if not _SENDERS.keys() & parts.keys():
        return Outcome(FORBIDDEN)
    entries, refused, claims = 0, len(broken) + len(received.broken), FakeSpanClaims()
    for key, spans in parts.items():
        sender = _SENDERS.get(key or "")
        if sender is None:
            refused += len(spans)
            continue
        own = SentQueue()
        accepted = accept_spans_into(own, claims)(sender, spans)
        _check(accepted.signals + accepted.costs, len(accepted.refusals), len(spans), own.entries())
        queue.messages += own.messages
        entries, refused = entries + accepted.signals + accepted.costs, refused + len(accepted.refusals)
    return Outcome(OK, len(broken) + received.count, entries, refused)


def _check_answer(event: Mapping[str, Any], expected: Outcome, by_parts: "SentQueue") -> None:
    queue, claims = SentQueue(), FakeSpanClaims()
    with (
        patch.object(identity, "authenticate", _authenticate),
        patch.object(tracing, "accept_spans", lambda: accept_spans_into(queue, claims)),
        redirect_stdout(io.StringIO()),
    ):
        answer = front_door.handler(event, None)
    if answer["statusCode"] != expected.status:
        raise Finding(f"the handler answers {answer['statusCode']}, and its parts {expected.status}")
    if queue.sent() != by_parts.sent():
        raise Finding("the handler sends other entries than its parts")
    if answer["statusCode"] == OK and (said := _rejected(answer)) != expected.refused:
        raise Finding(f"the handler says that {said} spans are refused, and {expected.refused} of them are")


def _rejected(answer: Mapping[str, Any]) -> int:
    if not answer["isBase64Encoded"]:
        return int(json.loads(answer["body"]).get("partialSuccess", {}).get("rejectedSpans", "0"))
    return int(ExportTraceServiceResponse.FromString(base64.b64decode(answer["body"])).partial_success.rejected_spans)


def _authenticate(authorization: str | None) -> Principal:
    sender = _SENDERS.get((authorization or "").removeprefix("Bearer "))
    if sender is None:
        raise Forbidden("the API key is nobody's")
    return Principal(sender.organization_id, sender.received_at, sender.is_test, frozenset({Scope.SIGNALS}))


def _event(form: int, body: bytes, *, key: str | None) -> dict[str, Any]:
    headers: dict[str, str] = {"content-type": MediaType.JSON if form == JSON else MediaType.PROTOBUF}
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    if form == PACKED:
        body, headers = gzip.compress(body, 1), {**headers, "content-encoding": "gzip"}
    return {
        "rawPath": "/v1/traces",
        "requestContext": {"requestId": "fuzz"},
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _check(accepted: int, refused: int, spans: int, entries: Sequence[Signal]) -> None:
    if len(entries) != accepted:
        raise Finding(f"{accepted} entries are said to be taken, and {len(entries)} are in the messages")
    if refused > spans:
        raise Finding(f"{refused} of {spans} spans are said to be refused")
    keys = {(entry.external_customer_id, entry.event_name, entry.idempotency_key) for entry in entries}
    if len(keys) != len(entries):
        raise Finding("two entries of one customer have one key")
    for entry in entries:
        if (size := len(entry.model_dump_json())) > MAX_ENTRY_BYTES:
            raise Finding(f"an entry has {size} bytes, and can never be logged")


class SentQueue:
    """Reads what is sent as the worker does."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, SignalMessage]] = []

    def send(self, sender: Sender, messages: Sequence[SignalMessage]) -> int:
        self.messages += [(sender.organization_id, message) for message in messages]
        return sum(message.size for message in messages)

    def sent(self) -> list[tuple[str, Signal]]:
        """With the organizations that the entries are of."""
        return [(organization_id, signal) for organization_id, message in self.messages for signal in _read(message)]

    def entries(self) -> list[Signal]:
        return [signal for _, signal in self.sent()]


def _read(message: SignalMessage) -> Sequence[Signal]:
    sent = opened(message.text(_SOURCE))
    return sent.batch().signals if isinstance(sent, Opened) else sent.signals
