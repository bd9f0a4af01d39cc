"""A queue as its poller sees it, and the same in SQS."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from local.messages import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

HIDDEN_SECONDS = 30
"""How long a delivery stays hidden. Nobody but its one poller reads a queue here, so this bounds nothing but the wait
for what a killed runner held."""

WAIT_SECONDS = 1
"""The longest time that a stop waits for an idle poller."""


MOST_AT_ONCE = 10
"""Messages that SQS gives in one answer; Lambda's pollers put several together."""


class PolledQueue(Protocol):
    def receive(self, limit: int) -> Sequence[Message]:
        """Waits a moment for up to `limit` messages."""
        ...

    def delete(self, messages: Sequence[Message]) -> None: ...

    def retry(self, messages: Sequence[Message], *, after_seconds: int) -> None:
        """Makes them visible again; the queue itself moves what failed too often to its dead-letter queue."""
        ...


class SqsQueue:
    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def receive(self, limit: int) -> Sequence[Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(limit, MOST_AT_ONCE),
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
        )
        return [
            Message(
                id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                body=message["Body"],
                body_md5=message["MD5OfBody"],
                attributes={str(name): value for name, value in message["Attributes"].items()},
            )
            for message in answer.get("Messages", [])
        ]

    def delete(self, messages: Sequence[Message]) -> None:
        self._sqs.delete_message_batch(
            QueueUrl=self._url,
            Entries=[{"Id": str(index), "ReceiptHandle": message.receipt} for index, message in enumerate(messages)],
        )

    def retry(self, messages: Sequence[Message], *, after_seconds: int) -> None:
        self._sqs.change_message_visibility_batch(
            QueueUrl=self._url,
            Entries=[
                {
                    "Id": str(index),
                    "ReceiptHandle": message.receipt,
                    "VisibilityTimeout": after_seconds,
                }
                for index, message in enumerate(messages)
            ],
        )
