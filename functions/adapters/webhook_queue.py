"""The queue of webhooks: what happened goes out, and what could not be delivered waits for its next attempt."""

import json
from typing import TYPE_CHECKING

from functions.billing.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

    from functions.billing.models.webhook import Announcement

_SQS_BATCH = 10

MAX_BYTES = 1_000_000
"""Of a message, and of all messages of one call. SQS allows 1,048,576, of everything that it counts besides bodies."""


class SqsWebhookQueue:
    """Fulfils `WebhookQueue`. Each message names its organization's group, which makes a standard queue a fair one.

    SQS then gives the messages of others first, once one organization holds up many (docs/webhooks.md).
    """

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def check(self, announcement: "Announcement") -> None:
        size = len(_body(announcement))
        if size > MAX_BYTES:
            raise TooLarge(f"event {announcement.id} takes {size} bytes, expected at most {MAX_BYTES}")

    def send(self, announcements: "Sequence[Announcement]") -> None:
        """In as few calls as SQS allows; one that it refuses is an error, not a loss."""
        for entries in _calls(announcements):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"SQS refused {len(answer['Failed'])} webhooks: {answer['Failed'][0]}")

    def hide(self, receipt: str, *, seconds: int) -> None:
        """The delivery of that receipt comes again after so long, 43,200 at most."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


def _calls(announcements: "Sequence[Announcement]") -> "Iterator[list[SendMessageBatchRequestEntryTypeDef]]":
    """Up to ten messages each, and no more bytes than a call may have."""
    entries: list[SendMessageBatchRequestEntryTypeDef] = []
    size = 0
    for announcement in announcements:
        body = _body(announcement)
        if entries and (len(entries) == _SQS_BATCH or size + len(body) > MAX_BYTES):
            yield entries
            entries, size = [], 0
        group = announcement.organization_id
        entries.append({"Id": str(len(entries)), "MessageBody": body, "MessageGroupId": group})
        size += len(body)
    if entries:
        yield entries


def _body(announcement: "Announcement") -> str:
    """ASCII alone, so that its length is its bytes."""
    return json.dumps(
        {
            "schema": 1,
            "organization": announcement.organization_id,
            "id": announcement.id,
            "event": announcement.event,
            "body": announcement.body,
        }
    )
