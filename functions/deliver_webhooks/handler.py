"""Webhook queue → the receivers, one message a call and ten calls at once: which ten, SQS chooses fairly.

A receiver that does not answer holds a call for ten seconds. The messages name their organizations, so that SQS gives
those of others first as soon as one organization holds up many (docs/webhooks.md).
"""

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
    """What could not be delivered stays hidden until its next attempt; a fault of ours raises, and waits as long."""
    del context
    return answer(record["messageId"] for record in event["Records"] if not _delivered(record))


def _delivered(record: Mapping[str, Any]) -> bool:
    """What cannot even be read comes back after the queue's own time, and is soon among the dead letters."""
    message = WebhookMessage.model_validate_json(record["body"])
    announcement = Announcement(
        id=message.id, organization_id=message.organization, event=WebhookEvent(message.event), body=message.body
    )
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        made = delivering.deliver_webhook()(announcement, attempt=attempt, now=real_now())
    except Exception:
        logger.exception("webhook not attempted", extra=_known(announcement, attempt))
        _hide(record, announcement, attempt)
        raise
    _log(announcement, made, attempt)
    if made is None or made.answer.is_success:
        return True
    _hide(record, announcement, attempt)
    return False


def _hide(record: Mapping[str, Any], announcement: Announcement, attempt: int) -> None:
    """Until its next attempt; where that fails too it comes back sooner, after the queue's own time."""
    wait = retry_after_seconds(announcement.id, attempt=attempt)
    try:
        delivering.webhook_queue().hide(record["receiptHandle"], seconds=AT_ONCE if wait is None else wait)
    except Exception:  # whatever went wrong, the message comes back
        logger.exception("webhook not hidden", extra=_known(announcement, attempt))


def _log(announcement: Announcement, made: DeliveryAttempt | None, attempt: int) -> None:
    known = _known(announcement, attempt)
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


def _known(announcement: Announcement, attempt: int) -> dict[str, object]:
    return {
        "organization_id": announcement.organization_id,
        "event": announcement.event,
        "webhook_id": announcement.id,
        "attempt": attempt,
    }
