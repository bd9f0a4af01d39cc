"""The queue of webhooks: what happened goes out, and what could not be delivered waits for its next attempt."""

import json
from typing import TYPE_CHECKING

from functions.billing.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef, SendMessageBatchRequestEntryTypeDef

    from functions.billing.models.webhook import Announcement

_SQS_BATCH = 10

TRIES = 4
"""Of what SQS refuses in a call that it took; what is still refused then waits with its whole batch."""

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

    def send(self, announcements: "Sequence[Announcement]") -> "Sequence[Announcement]":
        """In as few calls as SQS allows; of what it refuses in part, what it refused goes again, and nothing else."""
        waiting: Sequence[Announcement] = announcements
        failed: list[tuple[Announcement, BatchResultErrorEntryTypeDef]] = []
        refused: list[Announcement] = []
        for _ in range(TRIES):
            failed = [pair for call in _calls(waiting) for pair in self._failed(call)]
            refused += [announcement for announcement, failure in failed if _is_for_good(failure)]
            waiting = [announcement for announcement, failure in failed if not _is_for_good(failure)]
            if not waiting:
                return refused
        codes = sorted({failure["Code"] for _, failure in failed})
        raise RuntimeError(f"SQS refused {len(waiting)} webhooks {TRIES} times, at last with {', '.join(codes)}")

    def _failed(self, call: "Sequence[Announcement]") -> "Iterator[tuple[Announcement, BatchResultErrorEntryTypeDef]]":
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(place), "MessageBody": _body(each), "MessageGroupId": each.organization_id}
            for place, each in enumerate(call)
        ]
        answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        for failure in answer.get("Failed", []):
            yield call[int(failure["Id"])], failure

    def hide(self, receipt: str, *, seconds: int) -> None:
        """The delivery of that receipt comes again after so long, 43,200 at most."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


def _is_for_good(failure: "BatchResultErrorEntryTypeDef") -> bool:
    """Whether SQS will refuse the same again. It calls throttling the sender's fault as well, and that passes."""
    return failure["SenderFault"] and "throttl" not in failure["Code"].lower()


def _calls(announcements: "Sequence[Announcement]") -> "Iterator[list[Announcement]]":
    """Up to ten messages each, and no more bytes than a call may have."""
    call: list[Announcement] = []
    size = 0
    for announcement in announcements:
        length = len(_body(announcement))
        if call and (len(call) == _SQS_BATCH or size + length > MAX_BYTES):
            yield call
            call, size = [], 0
        call.append(announcement)
        size += length
    if call:
        yield call


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
