"""From the stream of changes to the queue of webhooks."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.adapters import outages
from functions.adapters.dead_letters import S3ParkedChanges
from functions.adapters.dynamodb import changes
from functions.adapters.webhook_queue import SqsWebhookQueue
from functions.billing.invoicing.happenings import Change
from functions.billing.usecases.announce_events import AnnounceEvents
from functions.runtime import settings
from functions.wiring import aws, webhooks


def announce_events() -> AnnounceEvents:
    """A new one for each batch."""
    return AnnounceEvents(settings=webhooks.webhooks(), queue=webhook_queue())


@cache
def webhook_queue() -> SqsWebhookQueue:
    return SqsWebhookQueue(aws.sqs(), settings.webhook_queue_url())


@cache
def parked_changes() -> S3ParkedChanges:
    """In the bucket of documents: `announce_events` may write them, the administrator read and remove them."""
    return S3ParkedChanges(lambda: (aws.s3(), settings.documents_bucket()))


def change_of(record: Mapping[str, Any]) -> Change | None:
    """What a record of the stream says that webhooks may tell, None if it is about something else."""
    return changes.change_of(record)


def is_outage(error: Exception) -> bool:
    return outages.is_outage(error)
