"""Webhooks on the wire (contract: section 6); the listing of deliveries is ours, beyond it."""

from collections.abc import Mapping
from enum import StrEnum

from functions.billing.models.webhook import DeliveryAttempt, Webhook, WebhookEvent
from functions.runtime.fields import Flag
from functions.runtime.wire import Json, MomentOut, Wire, changes

DESCRIPTIONS: Mapping[WebhookEvent, str] = {
    WebhookEvent.INVOICE_CREATED: "An invoice was made, as a draft or posted at once",
    WebhookEvent.INVOICE_POSTED: "An invoice was posted and has its number",
    WebhookEvent.INVOICE_PAID: "Nothing remains to be paid of a posted invoice",
    WebhookEvent.CHECKOUT_CREATED: "A checkout was made",
    WebhookEvent.CHECKOUT_COMPLETED: "A customer completed a checkout",
    WebhookEvent.CHECKOUT_EXPIRED: "A checkout ended without having been completed",
    WebhookEvent.PAYMENT_SUCCEEDED: "A payment succeeded",
    WebhookEvent.PAYMENT_FAILED: "A payment failed",
    WebhookEvent.CREDITS_DEPLETED: "A customer's credits are used up",
    WebhookEvent.OVERAGE_INCURRED: "A customer used more than its credits",
    WebhookEvent.CREDIT_CAP_REACHED: "A customer reached the cap of its credits",
}


class DeliveryStatus(StrEnum):
    SUCCESS = "success"
    FAILED = "failed"


class UpdateWebhook(Wire):
    """Absent fields stay as they are, and a null `enabled` too; a null `url` clears it, while disabled."""

    enabled: Flag | None = None
    url: str | None = None

    def fields(self) -> Json:
        """What changes."""
        given = changes(self)
        return {name: value for name, value in given.items() if name == "url" or value is not None}


class WebhookOut(Wire):
    id: str
    name: WebhookEvent
    description: str
    enabled: bool
    url: str | None
    last_sent_at: MomentOut | None
    last_status: DeliveryStatus | None


class UpdatedWebhookOut(WebhookOut):
    """`signing_secret` is given by the update that made it, and never again."""

    signing_secret: str | None


class WebhooksOut(Wire):
    data: list[WebhookOut]
    signing_secret_configured: bool


class RotatedSecretOut(Wire):
    signing_secret: str


class TestedWebhookOut(Wire):
    success: bool


class DeliveryOut(Wire):
    """One attempt; `id` is what the receiver got as `webhook-id`, the same in all attempts of one event."""

    id: str
    event: WebhookEvent
    attempt: int
    is_test: bool
    sent_at: MomentOut
    status: DeliveryStatus
    status_code: int | None
    error: str | None


def webhook_out(webhook: Webhook) -> WebhookOut:
    return WebhookOut.model_validate(_fields(webhook))


def updated_webhook_out(webhook: Webhook, *, signing_secret: str | None) -> UpdatedWebhookOut:
    return UpdatedWebhookOut.model_validate({**_fields(webhook), "signing_secret": signing_secret})


def delivery_out(attempt: DeliveryAttempt) -> DeliveryOut:
    return DeliveryOut(
        id=attempt.announcement_id,
        event=attempt.event,
        attempt=attempt.attempt,
        is_test=attempt.is_test,
        sent_at=attempt.sent_at,
        status=DeliveryStatus.SUCCESS if attempt.answer.is_success else DeliveryStatus.FAILED,
        status_code=attempt.answer.status,
        error=attempt.answer.error,
    )


def _fields(webhook: Webhook) -> dict[str, object]:
    last = webhook.last
    return {
        "id": webhook.id,
        "name": webhook.event,
        "description": DESCRIPTIONS[webhook.event],
        "enabled": webhook.endpoint.enabled,
        "url": webhook.endpoint.url,
        "last_sent_at": last and last.sent_at,
        "last_status": last and (DeliveryStatus.SUCCESS if last.is_success else DeliveryStatus.FAILED),
    }
