"""Webhook queue → the receivers, one message a call: a slow one holds up nobody else."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.models.webhook import Announcement, DeliveryAttempt, WebhookEvent
from functions.billing.models.webhook_retries import retry_after_seconds
from functions.runtime.chance import real_now
from functions.runtime.messages import WebhookMessage
from functions.runtime.metrics import Metric, count
from functions.runtime.queue import BatchAnswer, answer
from functions.wiring import delivering

logger = Logger(service="owed")

AT_ONCE = 0
"""After the last attempt: SQS then moves the message to the dead letters."""


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    """What could not be delivered stays hidden until its next attempt; an error of ours is tried again by SQS."""
    del context
    return answer(record["messageId"] for record in event["Records"] if not _delivered(record))


def _delivered(record: Mapping[str, Any]) -> bool:
    message = WebhookMessage.model_validate_json(record["body"])
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    announcement = Announcement(
        id=message.id, organization_id=message.organization, event=WebhookEvent(message.event), body=message.body
    )
    made = delivering.deliver_webhook()(announcement, attempt=attempt, now=real_now())
    _log(announcement, made, attempt)
    if made is None or made.answer.is_success:
        return True
    wait = retry_after_seconds(message.id, attempt=attempt)
    delivering.webhook_queue().hide(record["receiptHandle"], seconds=AT_ONCE if wait is None else wait)
    return False


def _log(announcement: Announcement, made: DeliveryAttempt | None, attempt: int) -> None:
    known: dict[str, object] = {
        "organization_id": announcement.organization_id,
        "event": announcement.event,
        "webhook_id": announcement.id,
        "attempt": attempt,
    }
    if made is None:
        logger.info("webhook dropped, it is not enabled any more", extra=known)
        return
    known |= {"status": made.answer.status, "error": made.answer.error}
    if made.answer.is_success:
        count({Metric.WEBHOOKS_DELIVERED: 1})
        logger.info("webhook delivered", extra=known)
    else:
        count({Metric.WEBHOOKS_FAILED: 1})
        logger.warning("webhook not delivered", extra=known)
