"""Webhooks: one per event and organization, where it is sent, and what became of each attempt."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.entity import Value

TEST_MAY_TAKE = timedelta(seconds=5)
"""Its request has three, and its notes the rest; whoever has not ended by then has crashed."""


class WebhookEvent(StrEnum):
    """All events of the contract.

    Those of checkouts, of caps and of failed payments can be configured and tested; nothing makes them happen.
    """

    INVOICE_CREATED = "billing-invoice-created"
    INVOICE_POSTED = "billing-invoice-posted"
    INVOICE_PAID = "billing-invoice-paid"
    CHECKOUT_CREATED = "billing-checkout-created"
    CHECKOUT_COMPLETED = "billing-checkout-completed"
    CHECKOUT_EXPIRED = "billing-checkout-expired"
    PAYMENT_SUCCEEDED = "billing-payment-succeeded"
    PAYMENT_FAILED = "billing-payment-failed"
    CREDITS_DEPLETED = "billing-credits-depleted"
    OVERAGE_INCURRED = "billing-overage-incurred"
    CREDIT_CAP_REACHED = "billing-credit-cap-reached"

    @classmethod
    def named(cls, name: str) -> "WebhookEvent":
        """Raises NotFound."""
        if name not in set(cls):
            raise NotFound("webhook", name)
        return cls(name)


class Endpoint(Value):
    """Where one event is sent; `url` is None while there is nowhere."""

    enabled: bool = False
    url: str | None = None


class WebhookSettings(Value):
    """All webhooks of an organization and the secret that signs them, which is None until a URL is first saved.

    The secret lies here in the clear, under DynamoDB's own encryption: who signs must have it, and a key of one's own
    costs a dollar a month while nothing is sent.
    """

    signing_secret: Annotated[str | None, Field(repr=False)] = None
    endpoints: dict[WebhookEvent, Endpoint] = {}

    def endpoint(self, event: WebhookEvent) -> Endpoint:
        return self.endpoints.get(event, Endpoint())

    def receiver(self, event: WebhookEvent) -> "Receiver | None":
        """Where the event is to be sent, and signed with what; None if it is not."""
        endpoint = self.endpoint(event)
        if not endpoint.enabled or endpoint.url is None or self.signing_secret is None:
            return None
        return Receiver(url=endpoint.url, signing_secret=self.signing_secret)

    def check_testable(self, event: WebhookEvent) -> None:
        """Raises InvalidInput."""
        endpoint = self.endpoint(event)
        if endpoint.url is None:
            raise InvalidInput(f"webhook {event} has no url, expected one before it is tested")
        if not endpoint.enabled:
            raise InvalidInput(f"webhook {event} is not enabled, expected it to be before it is tested")

    def with_endpoint(self, event: WebhookEvent, endpoint: Endpoint, *, new_secret: str) -> "WebhookSettings":
        """With this endpoint; the first that has a URL brings the secret along. Raises InvalidInput."""
        if endpoint.enabled and endpoint.url is None:
            raise InvalidInput(f"url is null, expected an https URL while webhook {event} is enabled")
        secret = self.signing_secret
        if secret is None and endpoint.url is not None:
            secret = new_secret
        return WebhookSettings(signing_secret=secret, endpoints={**self.endpoints, event: endpoint})


class Receiver(Value):
    """Who receives an event."""

    url: str
    signing_secret: Annotated[str, Field(repr=False)]


class Announcement(Value):
    """One event that happened, with the body that every attempt to deliver it sends, byte by byte.

    `id` is made of what happened: if the same is announced again, under the same id.
    """

    id: str
    organization_id: str
    event: WebhookEvent
    body: Annotated[str, Field(repr=False)]
    is_test: bool = False


class Answer(Value):
    """What a receiver answered: an HTTP status, or an error in the place of one."""

    status: int | None = None
    error: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - what HTTP calls successful


class DeliveryAttempt(Value):
    """One attempt, in real time, also of a test organization; `attempt` counts from 1."""

    announcement_id: str
    event: WebhookEvent
    attempt: int
    is_test: bool
    sent_at: AwareDatetime
    answer: Answer


class LastAttempt(Value):
    """The latest attempt of an event; `is_under_way` of a test that nobody has answered yet, which is no success."""

    sent_at: AwareDatetime
    is_success: bool
    is_under_way: bool | None = None

    def check_ended(self, event: WebhookEvent, *, now: datetime) -> None:
        """Raises InvalidInput while a test is under way: it holds up its caller, and a function of the account.

        400 rather than 429: the contract declares no 429 on tests, and clients would wait and try again unasked.
        """
        if self.is_under_way and abs(now - self.sent_at) < TEST_MAY_TAKE:
            raise InvalidInput(
                f"webhook {event} is being tested since {self.sent_at.isoformat(timespec='seconds')}, expected that to "
                "have ended: a test takes three seconds at most",
                code="TEST_UNDER_WAY",
            )


class Webhook(Value):
    """One of the eleven as it is shown."""

    id: str
    event: WebhookEvent
    endpoint: Endpoint
    last: LastAttempt | None = None
