"""The front door of spans without AWS and without keys: bytes go in, and what it says of them must be so."""

import base64
import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from functions.billing.errors import BillingError
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, Source
from functions.billing.models.signal_message import SignalMessage
from functions.runtime.api import status_of
from functions.runtime.signal_messages import Opened, opened
from functions.traces.json_bodies import in_protobuf
from functions.traces.otlp_http import MediaType, body_of
from functions.traces.reading import read
from functions.wiring.tracing import accept_spans_into

PROTOBUF, PACKED, JSON = range(3)
"""The first byte of what is played says how the rest is sent."""

OK = 200
_SERVER_ERROR = 500

MAX_ENTRY_BYTES = 380_000
"""Of one entry as JSON: an item of DynamoDB takes 400 KB."""

_SENDER = Sender("org_1", received_at=datetime(2027, 1, 1, tzinfo=UTC), is_test=False)
_SOURCE = Source("fuzz", 1, 0, 1, "2025-06-02")


class Finding(AssertionError):
    """The front door broke its word."""


class Outcome(NamedTuple):
    """`status` is what is answered, `spans` how many there were, `entries` what of them goes to the log."""

    status: int
    spans: int = 0
    entries: int = 0


def play(content: bytes) -> Outcome:
    """Raises Finding, or whatever the front door raises that it should not."""
    way, body = (content[0] % 3, content[1:]) if content else (PROTOBUF, b"")
    broken: list[str] = []
    try:
        taken = body_of(_event(way, body))
        if way == JSON:
            taken, broken = in_protobuf(taken)
        received = read(taken)
    except BillingError as error:
        if status_of(error) >= _SERVER_ERROR:
            raise Finding(f"{status_of(error)}: {error.sentence}") from error
        return Outcome(status_of(error))
    spans = [span for each in received.spans.values() for span in each]
    queue = SentQueue()
    accepted = accept_spans_into(queue)(_SENDER, spans)
    _check(accepted.signals + accepted.costs, len(accepted.refusals), len(spans), queue.entries())
    return Outcome(OK, len(broken) + received.count, accepted.signals + accepted.costs)


def _event(way: int, body: bytes) -> dict[str, object]:
    headers: dict[str, str] = {"content-type": MediaType.JSON if way == JSON else MediaType.PROTOBUF}
    if way == PACKED:
        body, headers = gzip.compress(body, 1), {**headers, "content-encoding": "gzip"}
    return {"headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


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
        self._messages: list[SignalMessage] = []

    def send(self, sender: Sender, messages: Sequence[SignalMessage]) -> int:  # noqa: ARG002 - the port's
        self._messages += messages
        return sum(message.size for message in messages)

    def entries(self) -> list[Signal]:
        return [signal for message in self._messages for signal in _read(message)]


def _read(message: SignalMessage) -> Sequence[Signal]:
    sent = opened(message.text(_SOURCE))
    return sent.batch().signals if isinstance(sent, Opened) else sent.signals
