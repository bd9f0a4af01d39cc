"""Queues: what is accepted goes out."""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from functions.adapters.producer import Producer
    from functions.billing.models.sender import Sender
    from functions.billing.models.signal import SignalBatch
    from functions.billing.models.signal_message import SignalMessage

logger = logging.getLogger(__name__)

_SQS_BATCH = 10


class SqsSignalQueue:
    """Fulfils `SignalQueue`; each message says which one of its producer's it is."""

    def __init__(self, client: "SQSClient", url: str, producer: "Producer") -> None:
        self._put = partial(client.send_message, QueueUrl=url)
        self._producer = producer

    def send(self, sender: "Sender", messages: Sequence["SignalMessage"]) -> int:
        sent = 0
        for message in messages:
            try:
                self.send_one(sender.organization_id, sender.received_at, message)
            except Exception:
                if sent == 0:
                    raise
                # Whatever failed: a 5xx now would make the client send again what is already on its way.
                size = sum(message.signals for message in messages)
                logger.exception("part of a request was not sent", extra={"sent": sent, "of": size})
                return sent
            sent += message.signals
        return sent

    def send_one(self, organization_id: str, received_at: datetime, message: "SignalMessage") -> None:
        self._producer.send(organization_id, received_at, message, lambda text: self._put(MessageBody=text))


class SqsCostQueue:
    """Fulfils `CostQueue` by the queue of the signals: costs travel the same road."""

    def __init__(self, queue: SqsSignalQueue, message: "Callable[[SignalBatch], SignalMessage]") -> None:
        """`message` makes all of a batch one message, or raises TooLarge."""
        self._queue = queue
        self._message = message

    def send(self, batch: "SignalBatch") -> None:
        self._queue.send_one(batch.organization_id, batch.received_at, self._message(batch))


ORDERS_PER_MESSAGE = 80
"""Each step of billing them is a call or some, whatever their number; a message is billed in a few seconds."""


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


class SqsCreditQueue:
    """Where whoever rated signals that take credits asks that somebody look whether any are left."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, organization_id: str, customer_id: str, *, at: datetime) -> None:
        body = {"schema": 1, "organization": organization_id, "customer": customer_id, "at": at.isoformat()}
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))


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
