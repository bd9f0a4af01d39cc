"""From the stream of changes to the queue of webhooks."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.adapters.dynamodb import changes
from functions.adapters.webhook_queue import SqsWebhookQueue
from functions.billing.invoicing.happenings import InvoiceChange
from functions.billing.usecases.announce_events import AnnounceEvents
from functions.runtime import settings
from functions.wiring import aws, webhooks


@cache
def announce_events() -> AnnounceEvents:
    queue = SqsWebhookQueue(aws.sqs(), settings.webhook_queue_url())
    return AnnounceEvents(settings=webhooks.webhooks(), queue=queue)


def invoice_change(record: Mapping[str, Any]) -> InvoiceChange | None:
    """What a record of the stream says of an invoice, None if it is about something else."""
    return changes.invoice_change(record)
