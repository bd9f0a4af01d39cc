"""What the messages of many requests say of themselves adds up to what their senders were told (law 1).

An answer of 200 says how many signals were taken. Of each process of the front door the messages say the same: the
last one how many it had sent before, and how many it brings. A number that no message has was an attempt that failed.
"""

import json
from random import Random

import pytest

from functions.billing.models.signal import Source
from functions.runtime.signal_request import decode_batch
from infra.resources import SIGNAL_QUEUE
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.exactly_once.scene import Scene
from tests.faults import Fault, answer_is_lost, is_throttled, never_arrives, watched
from tests.world import PREFIX

FAILURES: tuple[Fault, ...] = (never_arrives, is_throttled, answer_is_lost)
CUSTOMER = {"externalCustomerId": "acme"}
ROUNDS = 40


class Door:
    """One process of the front door, and what it told its senders."""

    def __init__(self, scene: Scene) -> None:
        self.told = 0
        self.attempts = 0
        self._scene = scene
        self._environment = scene.environment()

    def post(self, path: str, body: object, fault: Fault | None = None) -> list[Source]:
        """The sources of the messages that came of a request, whatever it was answered."""
        request = Request(
            "POST",
            f"{PREFIX}{path}",
            headers=[("Authorization", f"Bearer {self._scene.tenant.secret}")],
            body=json.dumps(body).encode(),
        )
        found = match(request.method, request.path)
        with watched(self._scene.world.clients, fault, at="SendMessage") as watch:
            answer = self._environment.invoke(found.function, http_event(request, found))
        self.attempts += watch.calls.count("SendMessage")
        if answer["statusCode"] == 200:
            self.told += json.loads(answer["body"])["ingested"]
        return self.sources()

    def sources(self) -> list[Source]:
        batches = [decode_batch(body) for body in self._scene.take(SIGNAL_QUEUE)]
        assert all(batch.source is not None and batch.source.size == len(batch.signals) for batch in batches)
        return sorted(batch.source for batch in batches if batch.source is not None)


def signals(dice: Random, count: int) -> dict[str, object]:
    """Some of them wrong, some repeated."""
    keys = [str(dice.randrange(10**6)) for _ in range(count)]
    good = [{"eventName": "email_sent", "customer": CUSTOMER, "idempotencyKey": key} for key in keys]
    return {"signals": [*good, *dice.choices(good, k=2), {}, {**good[0], "eventName": ""}]}


def costs(dice: Random, count: int) -> dict[str, object]:
    keys = [str(dice.randrange(10**6)) for _ in range(count)]
    good = [{"customer": CUSTOMER, "amount": 1, "currency": "USD", "idempotencyKey": key} for key in keys]
    return {"costs": [*good, *good[:1]]}


@pytest.mark.parametrize("seed", range(3))
def test_each_message_says_what_its_process_had_sent_before(scene: Scene, seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - the same in each run
    doors = [Door(scene), Door(scene)]
    producers: list[set[str]] = [set(), set()]

    for _ in range(ROUNDS):
        which = dice.randrange(2)
        door, before = doors[which], doors[which].told
        path, make = dice.choice([("/signals/bulk", signals), ("/costs/bulk", costs)])
        fault = dice.choice([None, None, *FAILURES])
        for source in door.post(path, make(dice, dice.randint(1, 9)), fault):
            producers[which].add(source.producer)
            assert (source.sequence, source.before) == (door.attempts, before)
            assert door.told == (before if fault is answer_is_lost else before + source.size)

    assert all(door.told > 0 and door.attempts > 10 for door in doors)
    assert [len(names) for names in producers] == [1, 1]
    assert producers[0].isdisjoint(producers[1])
