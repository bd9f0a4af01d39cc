"""The worker that announces what was committed, disturbed at each of its calls: each event, and nothing that was not.

What the stream brings again meets a new environment after a crash, and the same one after an error.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from functions.wiring import ledgers
from infra.resources import BILLING_CHANGES, INVOICE_QUEUE, WEBHOOK_QUEUE
from local.events import stream_event
from tests.builders import make_invoice
from tests.changes import taken
from tests.exactly_once.hooks import CREATED, FAULTS, POSTED, listen, until_it_ends
from tests.exactly_once.scene import JUNE, Scene, deliver_until_done
from tests.faults import CRASHES, Crash, Fault, crashes_after, crashes_before, watched


@pytest.fixture
def listening_scene(scene: Scene) -> Scene:
    """Whose organization listens to both events."""
    listen(scene.organization_id, "http://127.0.0.1/hooks")
    return scene


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_committed_is_queued_under_the_same_ids_whatever_happens(
    listening_scene: Scene, fault: Fault, subtests: pytest.Subtests
) -> None:
    scene = listening_scene
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE)])
    (invoice,) = scene.invoices()
    event = stream_event(taken(BILLING_CHANGES), "arn:of:the:stream")
    with watched(scene.world.clients) as watch:
        assert scene.environment().invoke("announce_events", event) == {"announced": 2, "parked": 0}
    calls, expected = watch.calls, queued(scene)
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
    changes = taken(BILLING_CHANGES)
    assert len(changes) == len(committed) == (0 if crash is crashes_before else 1)
    assert crash in {crashes_before, crashes_after}


def queued(scene: Scene) -> list[Any]:
    """What is in the queue, which is empty then."""
    return scene.take(WEBHOOK_QUEUE)


def unique(bodies: Sequence[Any]) -> set[str]:
    return {json.dumps(body, sort_keys=True) for body in bodies}
