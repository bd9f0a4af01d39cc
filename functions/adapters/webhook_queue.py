"""The queue of webhooks: what happened goes out, and what could not be delivered waits for its next attempt."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient

    from functions.billing.models.webhook import Announcement

_SQS_BATCH = 10


class SqsWebhookQueue:
    """Fulfils `WebhookQueue`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, announcements: "Sequence[Announcement]") -> None:
        """Ten at a time, as many as SQS takes in one call; one that it refuses is an error, not a loss."""
        for start in range(0, len(announcements), _SQS_BATCH):
            chunk = announcements[start : start + _SQS_BATCH]
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(place), "MessageBody": _body(each)} for place, each in enumerate(chunk)],
            )
            if answer.get("Failed"):
                raise RuntimeError(f"SQS refused {len(answer['Failed'])} webhooks: {answer['Failed'][0]}")

    def hide(self, receipt: str, *, seconds: int) -> None:
        """The delivery of that receipt comes again after so long, 43,200 at most."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


def _body(announcement: "Announcement") -> str:
    return json.dumps(
        {
            "schema": 1,
            "organization": announcement.organization_id,
            "id": announcement.id,
            "event": announcement.event,
            "body": announcement.body,
        }
    )
