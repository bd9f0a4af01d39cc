"""From the queue of webhooks to their receivers."""

from functools import cache

from functions.adapters.delivery_notes import BestEffortDeliveries
from functions.adapters.webhook_post import TEST_SECONDS, TOTAL_SECONDS, WebhookPost
from functions.adapters.webhook_queue import SqsWebhookQueue
from functions.billing.usecases.deliver_webhook import DeliverWebhook
from functions.runtime import settings
from functions.wiring import aws, webhooks


@cache
def deliver_webhook() -> DeliverWebhook:
    return _delivering(TOTAL_SECONDS)


@cache
def test_webhook() -> DeliverWebhook:
    """Gives up sooner: whoever asked for the test waits for it."""
    return _delivering(TEST_SECONDS)


def _delivering(seconds: float) -> DeliverWebhook:
    receivers = WebhookPost(anywhere=settings.webhooks_go_anywhere(), total_seconds=seconds)
    notes = BestEffortDeliveries(webhooks.webhooks())
    return DeliverWebhook(settings=webhooks.webhooks(), deliveries=notes, receivers=receivers)


@cache
def webhook_queue() -> SqsWebhookQueue:
    return SqsWebhookQueue(aws.sqs(), settings.webhook_queue_url())
