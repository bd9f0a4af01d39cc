"""Both workers of webhooks, disturbed at each of their calls: at least once, under one id, and nothing that was not.

What the stream or the queue brings again meets a new environment after a crash, and the same one after an error.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from functions.billing.models.webhook import Endpoint, WebhookEvent, WebhookSettings
from functions.wiring import ledgers, webhooks
from infra.resources import INVOICE_CHANGES, INVOICE_QUEUE, WEBHOOK_QUEUE
from local.events import queue_event, stream_event
from local.messages import Message
from local.resources import queue_arn
from tests.builders import NOW, make_invoice
from tests.changes import taken
from tests.exactly_once.environment import Environment
from tests.exactly_once.memory import saved
from tests.exactly_once.scene import JUNE, Scene, deliver_until_done
from tests.faults import CRASHES, ERRORS, Crash, Fault, crashes_after, crashes_before, watched
from tests.receiver import Receiver, receiving

CREATED, POSTED = WebhookEvent.INVOICE_CREATED, WebhookEvent.INVOICE_POSTED
FAULTS = (*CRASHES, *ERRORS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def listening_scene(scene: Scene, receiver: Receiver) -> Scene:
    """Whose organization listens to both events."""
    endpoint = Endpoint(enabled=True, url=receiver.url)
    settings = WebhookSettings(signing_secret="whsec_MQ==", endpoints={CREATED: endpoint, POSTED: endpoint})  # noqa: S106 - nobody's
    webhooks.webhooks().modify(scene.organization_id, lambda _: settings)
    taken(INVOICE_CHANGES)
    return scene


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
    return [answer, environment.invoke(function, event)] if answer["batchItemFailures"] else [answer]


def calls_of(scene: Scene, function: str, event: Any) -> list[str]:
    with watched(scene.world.clients) as watch:
        assert scene.environment().invoke(function, event) == {"batchItemFailures": []}
    return watch.calls


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_committed_is_queued_under_the_same_ids_whatever_happens(
    listening_scene: Scene, fault: Fault, subtests: pytest.Subtests
) -> None:
    scene = listening_scene
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])
    (invoice,) = scene.invoices()
    event = stream_event(taken(INVOICE_CHANGES), "arn:of:the:stream")
    calls = calls_of(scene, "announce_events", event)
    expected = queued(scene)
    assert calls == ["GetItem", "SendMessageBatch"]
    assert {body["event"] for body in expected} == {CREATED, POSTED}

    for position, operation in enumerate(calls):
        with subtests.test(position=position, operation=operation):
            until_it_ends(scene, "announce_events", event, fault, position)

            found = queued(scene)
            assert unique(found) == unique(expected)
            assert all(json.loads(body["body"])["data"]["invoice"]["id"] == invoice.id for body in found)


@pytest.mark.parametrize("crash", CRASHES)
def test_nothing_is_announced_of_an_invoice_that_was_not_committed(listening_scene: Scene, crash: Fault) -> None:
    scene = listening_scene

    with pytest.raises(Crash), watched(scene.world.clients, crash, at="BatchExecuteStatement"):
        scene.environment().wiring.invoices().insert(scene.organization_id, [make_invoice(id="inv_1")])

    committed = ledgers.invoices().get_many(scene.organization_id, ["inv_1"])
    changes = taken(INVOICE_CHANGES)
    assert len(changes) == len(committed) == (0 if crash is crashes_before else 1)
    assert crash in {crashes_before, crashes_after}


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_delivery_arrives_at_least_once_with_one_id_and_one_body_whatever_happens(
    listening_scene: Scene, receiver: Receiver, fault: Fault, status: int, subtests: pytest.Subtests
) -> None:
    scene = listening_scene
    put_back = saved()
    receiver.answers.append(status)
    event, environment = delivery(scene), scene.environment()
    with watched(scene.world.clients) as watch:
        environment.invoke("deliver_webhooks", event)
    hides = ["ChangeMessageVisibility"] if status != 200 else []
    assert watch.calls == ["GetItem", "PutItem", "GetItem", "PutItem", *hides]

    for position, operation in enumerate(watch.calls):
        put_back()
        receiver.received.clear()
        receiver.answers.clear()
        receiver.answers.append(status)
        with subtests.test(position=position, operation=operation):
            until_it_ends(scene, "deliver_webhooks", delivery(scene), fault, position)

            assert len({(each.id, each.raw) for each in receiver.received}) == 1
            listed = webhooks.webhooks().attempts(scene.organization_id, CREATED, limit=100, offset=0).items
            assert 1 <= len(listed) <= len(receiver.received)
            last = webhooks.webhooks().get(scene.organization_id, CREATED).last
            assert last is not None
            assert last.sent_at == max(each.sent_at for each in listed)


def delivery(scene: Scene) -> Any:
    """One message, sent and received anew, so that its receipt is good."""
    body = {
        "schema": 1,
        "organization": scene.organization_id,
        "id": "evt_1",
        "event": CREATED.value,
        "body": json.dumps({"event": CREATED, "at": str(NOW)}),
    }
    clients, url = scene.world.clients, scene.world.url(WEBHOOK_QUEUE)
    clients.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    (message,) = scene.world.receive(WEBHOOK_QUEUE)
    return queue_event([message], queue_arn(WEBHOOK_QUEUE.name))


def queued(scene: Scene) -> list[Any]:
    """What is in the queue, which is empty then."""
    return scene.take(WEBHOOK_QUEUE)


def unique(bodies: Sequence[Any]) -> set[str]:
    return {json.dumps(body, sort_keys=True) for body in bodies}


def test_a_message_that_is_no_message_of_ours_fails_alone(scene: Scene) -> None:
    event = queue_event([Message("1", "r", "{}", attributes={"ApproximateReceiveCount": "1"})], "arn:of:the:queue")

    with pytest.raises(ValueError, match="organization"):
        Environment(scene.world.clients).invoke("deliver_webhooks", event)
