"""The worker that delivers webhooks, disturbed at each of its calls: at least once, under one id.

What the queue brings again meets a new environment after a crash, and the same one after an error.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from functions.billing.models.webhook import DeliveryAttempt
from functions.billing.models.webhook_retries import MAX_ATTEMPTS, retry_after_seconds
from functions.wiring import webhooks
from infra.resources import WEBHOOK_QUEUE
from local.events import queue_event
from local.messages import Message
from local.resources import queue_arn
from tests.builders import NOW
from tests.exactly_once.environment import Environment
from tests.exactly_once.hooks import CREATED, FAULTS, listen, until_it_ends
from tests.exactly_once.scene import Scene
from tests.faults import CRASHES, ERRORS, Call, Fault, is_throttled, listening, never_arrives, watched
from tests.memory import saved
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def listening_scene(scene: Scene, receiver: Receiver) -> Scene:
    """Whose organization listens to both events."""
    listen(scene.organization_id, receiver.url)
    return scene


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
            listed = attempts(scene)
            assert len(listed) <= len(receiver.received)
            last = webhooks.webhooks().get(scene.organization_id, CREATED).last
            if fault in CRASHES or status != 200:  # else what fails is a note of the only attempt: see below
                assert last is not None
                assert last.sent_at == max(each.sent_at for each in listed)


@pytest.mark.parametrize("fault", ERRORS)
def test_what_a_receiver_took_is_not_sent_again_for_want_of_a_note(
    listening_scene: Scene, receiver: Receiver, fault: Fault, subtests: pytest.Subtests
) -> None:
    scene = listening_scene
    notes = ["PutItem", "GetItem", "PutItem"]
    put_back = saved()

    for position, operation in enumerate(notes, start=1):
        put_back()
        receiver.received.clear()
        with subtests.test(position=position, operation=operation):
            event = delivery(scene)
            with watched(scene.world.clients, fault, at=position) as watch:
                answer = scene.environment().invoke("deliver_webhooks", event)

            assert answer == {"batchItemFailures": []}
            assert watch.has_struck
            assert len(receiver.received) == 1


@pytest.mark.parametrize("fault", [never_arrives, is_throttled])
@pytest.mark.parametrize("note", [1, 2, 3])
def test_a_note_that_fails_does_not_bring_the_next_attempt_forward(
    listening_scene: Scene, receiver: Receiver, fault: Fault, note: int
) -> None:
    scene = listening_scene
    receiver.answers.append(503)
    event = delivery(scene, attempt=2)

    with watched(scene.world.clients, fault, at=note) as watch, hidden(scene) as seconds:
        answer = scene.environment().invoke("deliver_webhooks", event)

    assert len(answer["batchItemFailures"]) == 1
    assert watch.has_struck
    assert seconds == [retry_after_seconds("evt_1", attempt=2)]


def test_what_cannot_be_hidden_fails_all_the_same_and_comes_back_sooner(
    listening_scene: Scene, receiver: Receiver
) -> None:
    scene = listening_scene
    receiver.answers.append(503)

    with watched(scene.world.clients, never_arrives, at="ChangeMessageVisibility") as watch:
        answer = scene.environment().invoke("deliver_webhooks", delivery(scene))

    assert len(answer["batchItemFailures"]) == 1
    assert watch.has_struck
    assert [each.answer.status for each in attempts(scene)] == [503]


def test_three_faults_of_ours_wait_as_a_receivers_do_and_then_it_is_delivered(
    listening_scene: Scene, receiver: Receiver
) -> None:
    scene, environment = listening_scene, listening_scene.environment()

    with hidden(scene) as seconds:
        for attempt in (1, 2, 3):
            with (
                pytest.raises(ConnectTimeoutError),
                watched(scene.world.clients, never_arrives, at="GetItem"),
            ):
                environment.invoke("deliver_webhooks", delivery(scene, attempt=attempt))
        answer = environment.invoke("deliver_webhooks", delivery(scene, attempt=4))

    assert answer == {"batchItemFailures": []}
    assert len(receiver.received) == 1
    assert seconds == [retry_after_seconds("evt_1", attempt=attempt) for attempt in (1, 2, 3)]
    assert [each.attempt for each in attempts(scene)] == [4]


def test_a_fault_of_ours_at_the_last_attempt_moves_the_message_to_the_dead_at_once(listening_scene: Scene) -> None:
    scene = listening_scene

    with (
        hidden(scene) as seconds,
        pytest.raises(ConnectTimeoutError),
        watched(scene.world.clients, never_arrives, at="GetItem"),
    ):
        scene.environment().invoke("deliver_webhooks", delivery(scene, attempt=MAX_ATTEMPTS))

    assert seconds == [0]


def test_a_fault_of_ours_fails_although_the_message_cannot_be_hidden_either(
    listening_scene: Scene, receiver: Receiver
) -> None:
    scene, event = listening_scene, delivery(listening_scene)

    with pytest.raises(ConnectTimeoutError), listening(scene.world.clients, never_arrives):
        scene.environment().invoke("deliver_webhooks", event)

    assert receiver.received == []


@contextmanager
def hidden(scene: Scene) -> Iterator[list[int]]:
    """For how many seconds messages are hidden meanwhile."""
    seconds: list[int] = []

    def look(call: Call) -> None:
        if call.operation == "ChangeMessageVisibility":
            seconds.append(int(json.loads(call.body)["VisibilityTimeout"]))

    with listening(scene.world.clients, look):
        yield seconds


def attempts(scene: Scene) -> Sequence[DeliveryAttempt]:
    return webhooks.webhooks().attempts(scene.organization_id, CREATED, limit=100, offset=0).items


def delivery(scene: Scene, *, attempt: int = 1) -> Any:
    """One message, sent and received anew, so that its receipt is good, as at its n-th receipt."""
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
    counted = replace(message, attributes={"ApproximateReceiveCount": str(attempt)})
    return queue_event([counted], queue_arn(WEBHOOK_QUEUE.name))


def test_a_message_that_is_no_message_of_ours_fails_alone(scene: Scene) -> None:
    event = queue_event([Message("1", "r", "{}", attributes={"ApproximateReceiveCount": "1"})], "arn:of:the:queue")

    with pytest.raises(ValueError, match="organization"):
        Environment(scene.world.clients).invoke("deliver_webhooks", event)
