"""A bulk request, disturbed at each AWS call and sent again by its client: each signal counts once."""

import json

import pytest

from infra.resources import SIGNAL_QUEUE
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import EMAIL_ID, JUNE, Scene, deliver_until_done, email
from tests.faults import CRASHES, ERRORS, Crash, Fault, answer_is_lost, watched
from tests.memory import saved
from tests.world import PREFIX, Answer

KEYS = ("1", "2", "3")


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_at_any_call_is_told_unless_all_was_sent(
    scene: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    a_log_with_one_of_three(scene)
    put_back = saved()

    for position, operation in enumerate(undisturbed(scene)):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position) as watch:
                first = send(scene, environment, KEYS)
            messages = scene.take(SIGNAL_QUEUE)
            if first.status == 200:
                assert (first.body["ingested"], first.body["duplicates"]) == (2, 1)
            else:
                assert first.status >= 500
                assert messages == [] or error is answer_is_lost
                assert send(scene, environment, KEYS).status == 200
                messages += scene.take(SIGNAL_QUEUE)
            deliver_until_done(environment, SIGNAL_QUEUE, messages)

            assert watch.has_struck
            assert scene.checkpoint().usage == {EMAIL_ID: {JUNE: len(KEYS)}}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_and_the_same_request_again_count_once(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    a_log_with_one_of_three(scene)
    put_back = saved()

    for position, operation in enumerate(undisturbed(scene)):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                send(scene, scene.environment(), KEYS)
            assert send(scene, scene.environment(), KEYS).status == 200
            deliver_until_done(scene.environment(), SIGNAL_QUEUE, scene.take(SIGNAL_QUEUE))

            assert scene.checkpoint().usage == {EMAIL_ID: {JUNE: len(KEYS)}}


def test_a_request_without_keys_that_is_answered_with_an_error_was_not_queued(scene: Scene) -> None:
    """Its client sends it again, and nothing could tell the two apart."""
    a_log_with_one_of_three(scene)

    for position, _ in enumerate(undisturbed(scene)):
        for error in (error for error in ERRORS if error is not answer_is_lost):
            with watched(scene.world.clients, error, at=position):
                answer = send(scene, scene.environment(), (None, None))
            queued = bool(scene.take(SIGNAL_QUEUE))
            assert queued == (answer.status == 200)


def a_log_with_one_of_three(scene: Scene) -> None:
    scene.order()
    scene.activate()
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"))])


def undisturbed(scene: Scene) -> list[str]:
    put_back = saved()
    with watched(scene.world.clients) as watch:
        assert send(scene, scene.environment(), KEYS).body["ingested"] == 2
    put_back()
    return watch.calls


def send(scene: Scene, environment: Environment, keys: tuple[str | None, ...]) -> Answer:
    signals = [
        {
            "eventName": "email_sent",
            "customer": {"externalCustomerId": "acme"},
            "attribution": {"externalProductId": "sdr"},
            "timestamp": "2025-06-10T00:00:00Z",
            "idempotencyKey": key,
        }
        for key in keys
    ]
    request = Request(
        "POST",
        f"{PREFIX}/signals/bulk",
        headers=[("Authorization", f"Bearer {scene.tenant.secret}")],
        body=json.dumps({"signals": signals}).encode(),
    )
    found = match(request.method, request.path)
    answer = environment.invoke(found.function, http_event(request, found))
    return Answer(answer["statusCode"], json.loads(answer["body"]))
