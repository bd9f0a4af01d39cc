"""`/webhooks`: where events are sent, and what became of it."""

from functions.billing.models.organization import Scope
from functions.billing.models.webhook import Announcement, WebhookEvent, WebhookSettings
from functions.runtime.api import Api, Request
from functions.runtime.chance import new_id, real_now
from functions.runtime.webhook_secret import new_signing_secret
from functions.runtime.wire import Listing, Paging, listing
from functions.webhooks.schemas import (
    DeliveryOut,
    RotatedSecretOut,
    TestedWebhookOut,
    UpdatedWebhookOut,
    UpdateWebhook,
    WebhooksOut,
    delivery_out,
    updated_webhook_out,
    webhook_out,
)
from functions.wiring import identity, webhooks

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/webhooks/", scope=Scope.READ)
def list_webhooks(request: Request) -> WebhooksOut:
    all_webhooks, stored = webhooks.webhooks().overview(request.organization_id)
    return WebhooksOut(
        data=[webhook_out(webhook) for webhook in all_webhooks],
        signing_secret_configured=stored.signing_secret is not None,
    )


@api.route("PATCH", "/webhooks/{name}", scope=Scope.WRITE)
def update_webhook(request: Request) -> UpdatedWebhookOut:
    event, update = WebhookEvent.named(request.parameters["name"]), request.body_as(UpdateWebhook).fields()
    if (url := update.get("url")) is not None:
        webhooks.check_receiver_url(url)
    minted = new_signing_secret()
    before = webhooks.webhooks().get(request.organization_id, event)  # a read that fails after the write loses a secret

    def updated(stored: WebhookSettings) -> WebhookSettings:
        endpoint = stored.endpoint(event).model_copy(update=update)
        return stored.with_endpoint(event, endpoint, new_secret=minted)

    stored = webhooks.webhooks().modify(request.organization_id, updated)
    return updated_webhook_out(
        before.model_copy(update={"endpoint": stored.endpoint(event)}),
        signing_secret=minted if stored.signing_secret == minted else None,
    )


@api.route("POST", "/webhooks/rotate-secret", scope=Scope.WRITE)
def rotate_webhook_secret(request: Request) -> RotatedSecretOut:
    secret = new_signing_secret()
    webhooks.webhooks().modify(
        request.organization_id, lambda stored: stored.model_copy(update={"signing_secret": secret})
    )
    return RotatedSecretOut(signing_secret=secret)


@api.route("POST", "/webhooks/{name}/test", scope=Scope.WRITE)
def test_webhook(request: Request) -> TestedWebhookOut:
    from functions.runtime.webhook_envelope import envelope  # noqa: PLC0415 - asked for now and then
    from functions.webhooks.samples import sample_data  # noqa: PLC0415 - as above
    from functions.wiring import delivering  # noqa: PLC0415 - as above

    event, began_at = WebhookEvent.named(request.parameters["name"]), real_now()
    webhooks.webhooks().settings(request.organization_id).check_testable(event)
    webhooks.webhooks().begin_test(request.organization_id, event, now=began_at)
    announcement = Announcement(
        id=new_id("evt"),
        organization_id=request.organization_id,
        event=event,
        body=envelope(event, at=request.now, data=sample_data(event, now=request.now), is_test=True),
        is_test=True,
    )
    made = delivering.test_webhook()(announcement, attempt=1, now=began_at)
    return TestedWebhookOut(success=made is not None and made.answer.is_success)


@api.route("GET", "/webhooks/{name}/deliveries", scope=Scope.READ)
def list_deliveries(request: Request) -> Listing[DeliveryOut]:
    """The newest first."""
    paging, event = request.query_as(Paging), WebhookEvent.named(request.parameters["name"])
    page = webhooks.webhooks().attempts(request.organization_id, event, limit=paging.limit, offset=paging.offset)
    return listing([delivery_out(attempt) for attempt in page.items], page.total, paging)
