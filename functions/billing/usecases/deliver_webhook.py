"""One attempt to deliver what was announced, signed, and written down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from functions.billing.models.webhook import Announcement, Answer, DeliveryAttempt, WebhookSettings
from functions.billing.models.webhook_signature import signed_headers


class Settings(Protocol):
    def settings(self, organization_id: str) -> WebhookSettings:
        """Empty ones if nothing was ever set."""
        ...


class Deliveries(Protocol):
    def record(self, organization_id: str, attempt: DeliveryAttempt) -> None:
        """Beside all others, in the order of time. Raises nothing: a note that fails must not send the event again."""
        ...


class Receivers(Protocol):
    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Whatever happens is an answer, within a limit of time and bytes; no redirect is followed."""
        ...


class DeliverWebhook:
    """At least once: a crash after the sending sends again, under the same id."""

    def __init__(self, *, settings: Settings, deliveries: Deliveries, receivers: Receivers) -> None:
        self._settings = settings
        self._deliveries = deliveries
        self._receivers = receivers

    def __call__(self, announcement: Announcement, *, attempt: int, now: datetime) -> DeliveryAttempt | None:
        """To where the webhook leads at this moment; None if it leads nowhere any more, which drops the event.

        `now` is the real time.
        """
        receiver = self._settings.settings(announcement.organization_id).receiver(announcement.event)
        if receiver is None:
            return None
        headers = signed_headers(announcement, secret=receiver.signing_secret, now=now)
        answer = self._receivers.post(receiver.url, headers=headers, body=announcement.body.encode())
        made = DeliveryAttempt(
            announcement_id=announcement.id,
            event=announcement.event,
            attempt=attempt,
            is_test=announcement.is_test,
            sent_at=now,
            answer=answer,
        )
        self._deliveries.record(announcement.organization_id, made)
        return made
