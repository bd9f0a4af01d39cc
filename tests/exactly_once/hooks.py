"""What the tests of webhooks share: an organization that listens, and events that come again when they fail."""

from typing import Any

from functions.billing.models.webhook import Endpoint, WebhookEvent, WebhookSettings
from functions.wiring import webhooks
from infra.resources import BILLING_CHANGES
from tests.changes import taken
from tests.exactly_once.scene import Scene
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched

CREATED, POSTED = WebhookEvent.INVOICE_CREATED, WebhookEvent.INVOICE_POSTED
FAULTS = (*CRASHES, *ERRORS)


def listen(organization_id: str, url: str) -> None:
    """Both events lead there."""
    endpoint = Endpoint(enabled=True, url=url)
    settings = WebhookSettings(signing_secret="whsec_MQ==", endpoints={CREATED: endpoint, POSTED: endpoint})  # noqa: S106 - nobody's
    webhooks.webhooks().modify(organization_id, lambda _: settings)
    taken(BILLING_CHANGES)


def until_it_ends(scene: Scene, function: str, event: Any, fault: Fault, at: int) -> list[Any]:
    """Answers of the calls that ended, the first disturbed; an event that failed comes again."""
    environment = scene.environment()
    try:
        with watched(scene.world.clients, fault, at=at):
            answer = environment.invoke(function, event)
    except Crash:
        return [scene.environment().invoke(function, event)]
    except Exception:  # noqa: BLE001 - Lambda takes any error for a failure
        return [environment.invoke(function, event)]
    return [answer, environment.invoke(function, event)] if answer.get("batchItemFailures") else [answer]
