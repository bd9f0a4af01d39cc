"""Queues: what is accepted goes out as one message, as small as it gets."""

import base64
import json
import logging
import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from functions.billing.errors import TooLarge

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from functions.billing.models.signal import SignalBatch

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 900_000
"""A message may have 1 MiB; the rest is room for its attributes and for what we add one day."""

_SQS_BATCH = 10


def encode_batch(batch: "SignalBatch") -> str:
    """The message body of a batch: compressed JSON as base64, because a body must be text."""
    return base64.b64encode(zlib.compress(batch.model_dump_json(exclude_none=True).encode())).decode()


def decode_batch(body: str) -> "SignalBatch":
    from functions.billing.models.signal import SignalBatch  # noqa: PLC0415 - only the worker reads, all others send

    return SignalBatch.model_validate_json(zlib.decompress(base64.b64decode(body)))


class SqsSignalQueue:
    """Fulfils `SignalQueue`: one message per batch, halves of it where it is too large for one."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, batch: "SignalBatch") -> int:
        sent = 0
        for part, body in _parts(batch):
            try:
                self._client.send_message(QueueUrl=self._url, MessageBody=body)
            except Exception:
                if sent == 0:
                    raise
                # Whatever failed: a 5xx now would make the client send again what is already on its way.
                logger.exception("part of a request was not sent", extra={"sent": sent, "of": len(batch.signals)})
                return sent
            sent += len(part.signals)
        return sent


ORDERS_PER_MESSAGE = 80
"""Each step of billing them is a call or some, whatever their number; a message is billed in a few seconds."""


class SqsCostQueue:
    """Fulfils `CostQueue`: one message per batch, because of several some might not be sent."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, batch: "SignalBatch") -> None:
        body = encode_batch(batch)
        if len(body) > MAX_MESSAGE_BYTES:
            raise TooLarge(
                f"the costs have {len(body)} bytes when compressed, expected at most {MAX_MESSAGE_BYTES}: "
                "send them in several requests"
            )
        self._client.send_message(QueueUrl=self._url, MessageBody=body)


class SqsInvoiceQueue:
    """Fulfils `InvoiceQueue`: an order that fails comes back with those beside it, which are found billed then."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, organization_id: str, order_ids: Sequence[str], *, as_of: date) -> None:
        chunks = (
            order_ids[start : start + ORDERS_PER_MESSAGE] for start in range(0, len(order_ids), ORDERS_PER_MESSAGE)
        )
        bodies = (
            {"schema": 2, "organization": organization_id, "orders": list(chunk), "as_of": str(as_of)}
            for chunk in chunks
        )
        _send_all(self._client, self._url, bodies)


class SqsInvoiceHints:
    """Fulfils `InvoiceQueue` for those who must not fail for it: what is not asked for now, the daily run asks for."""

    def __init__(self, queue: SqsInvoiceQueue) -> None:
        self._queue = queue

    def send(self, organization_id: str, order_ids: Sequence[str], *, as_of: date) -> None:
        try:
            self._queue.send(organization_id, order_ids, as_of=as_of)
        except Exception:
            # The order is active: an answer of 5xx would make clients send it again, and a second one be billed.
            logger.exception("invoices will wait for the daily run", extra={"organization_id": organization_id})


class SqsDocumentQueue:
    """Fulfils `DocumentQueue`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, organization_id: str, invoice_ids: Sequence[str]) -> None:
        bodies = ({"schema": 1, "organization": organization_id, "invoice": invoice_id} for invoice_id in invoice_ids)
        _send_all(self._client, self._url, bodies)


class SqsBacklog:
    """Fulfils `Backlog`. SQS counts approximately in AWS; the local back end counts exactly."""

    def __init__(self, client: "SQSClient", urls: Iterable[str]) -> None:
        self._client = client
        self._urls = tuple(urls)

    def size(self) -> int:
        return sum(self._messages(url) for url in self._urls)

    def _messages(self, url: str) -> int:
        counts = self._client.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return sum(map(int, counts.values()))


def _parts(batch: "SignalBatch") -> list[tuple["SignalBatch", str]]:
    """The batch as messages that are small enough, in order."""
    body = encode_batch(batch)
    if len(body) <= MAX_MESSAGE_BYTES:
        return [(batch, body)]
    if len(batch.signals) == 1:
        raise TooLarge("a signal's data is too large for one message")
    half = len(batch.signals) // 2
    halves = (batch.signals[:half], batch.signals[half:])
    return [part for signals in halves for part in _parts(batch.model_copy(update={"signals": signals}))]


def _send_all(client: "SQSClient", url: str, bodies: Iterable[dict[str, object]]) -> None:
    """Ten at a time, as many as SQS takes in one call; one that it refuses is an error, not a loss."""
    remaining = iter(bodies)
    while chunk := list(islice(remaining, _SQS_BATCH)):
        answer = client.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(i), "MessageBody": json.dumps(body)} for i, body in enumerate(chunk)],
        )
        if answer.get("Failed"):
            raise RuntimeError(f"SQS refused {len(answer['Failed'])} messages: {answer['Failed'][0]}")
