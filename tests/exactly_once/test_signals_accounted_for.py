"""However messages are delivered, given up, kept and sent again, and whatever fails meanwhile: it adds up (law 1).

At any moment nothing is counted twice, and what is not there yet is said to be on its way. When all is done, every
signal that was sent is counted or unattributed, or it is a repeat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.billing.models.signal import Signal, SignalBatch, Source
from infra.resources import DEAD_LETTERS, SIGNAL_QUEUE
from tests.builders import NOW
from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import Scene, delivered, email
from tests.faults import (
    CRASHES,
    ERRORS,
    Crash,
    Fault,
    answer_is_lost,
    crashes_after,
    crashes_before,
    is_sent_twice,
    never_arrives,
    watched,
)
from tests.memory import saved
from tests.messages import encode_parts

(SIGNAL_DEAD_LETTERS,) = DEAD_LETTERS

JUNE_10 = datetime(2025, 6, 10, tzinfo=UTC)

Step = Callable[["Road"], None]


@dataclass(slots=True)
class Road:
    """The messages of a scene that are under way: in the queue, or among its dead letters."""

    scene: Scene
    sent: list[Signal]
    queue: list[str]
    dead: list[str] = field(default_factory=list)

    @property
    def distinct(self) -> int:
        """How many different keys their customers were sent."""
        return len({(signal.external_customer_id, signal.idempotency_key) for signal in self.sent})

    def ask(self, operation: str, environment: Environment | None = None) -> Any:
        environment = environment or self.scene.environment()
        return environment.invoke("admin", {"operation": operation, "organization": self.scene.organization_id})

    def balance(self) -> Any:
        return self.ask("balance")["balance"]

    def deliver(self, places: Sequence[int], fault: "FaultAt | None" = None) -> None:
        """Some of the messages as one batch; what the function does not say is done stays in the queue."""
        batch = [self.queue[place % len(self.queue)] for place in dict.fromkeys(p % len(self.queue) for p in places)]
        failed = self._disturbed(fault, lambda environment: delivered(environment, SIGNAL_QUEUE, batch), batch)
        for body in batch:
            self.queue.remove(body)
        self.queue += failed

    def shelve(self, fault: "FaultAt | None" = None) -> None:
        letters = self.dead
        self.dead = self._disturbed(fault, lambda where: delivered(where, SIGNAL_DEAD_LETTERS, letters), letters)

    def redrive(self, fault: "FaultAt | None" = None) -> None:
        self._disturbed(fault, lambda environment: self.ask("redrive", environment), None)
        self.queue += self.scene.take(SIGNAL_QUEUE)

    def _disturbed(self, fault: "FaultAt | None", act: Callable[[Environment], Any], if_crashed: Any) -> Any:
        environment = self.scene.environment()
        if fault is None:
            return act(environment)
        try:
            with watched(self.scene.world.clients, fault.happens, at=fault.position):
                return act(environment)
        except (Crash, BotoCoreError, ClientError):
            return if_crashed


@dataclass(frozen=True, slots=True)
class FaultAt:
    """At the call of that position, counted from 0; nothing happens when there are not so many."""

    happens: Fault
    position: int


def road(scene: Scene, messages: Sequence[Sequence[Signal]]) -> Road:
    """The messages as two processes of the front door would send them, in turns."""
    counts = {"p": [0, 0], "q": [0, 0]}
    bodies: list[str] = []
    for place, signals in enumerate(messages):
        producer = "pq"[place % 2]
        sequence, before = counts[producer]
        source = Source(producer, sequence + 1, before, len(signals), "2025-06-15")
        counts[producer] = [sequence + 1, before + len(signals)]
        batch = SignalBatch(organization_id=scene.organization_id, received_at=NOW, signals=tuple(signals))
        bodies += encode_parts(batch, source)
    return Road(scene, [signal for signals in messages for signal in signals], bodies)


def check_on_the_way(found: Road) -> None:
    """While something is under way: nothing is there twice, and nothing is called done that is not."""
    balance = found.balance()
    ends = ("counted", "unattributed", "duplicates", "rejected", "inFlight")
    assert balance["faults"] == [], balance
    assert balance["accepted"] == sum(balance[end] for end in ends), balance
    assert balance["accepted"] <= len(found.sent), balance
    assert balance["counted"] + balance["unattributed"] <= found.distinct, balance
    assert balance["duplicates"] <= len(found.sent) - found.distinct, balance


def check_in_the_end(found: Road) -> None:
    """Of each key of a customer the first signal is in the log, and all others are repeats."""
    balance = found.balance()
    assert balance["addsUp"], balance
    assert balance["accepted"] == len(found.sent)
    assert balance["counted"] + balance["unattributed"] == found.distinct
    assert balance["duplicates"] == len(found.sent) - found.distinct
    assert (balance["rejected"], balance["inFlight"]) == (0, 0)


def drain(found: Road) -> None:
    """What a system does by itself when nothing fails any more, and an operator once."""
    while found.queue:
        found.deliver(range(SIGNAL_QUEUE.batch_size))
    found.shelve()
    found.redrive()
    while found.queue:
        found.deliver(range(SIGNAL_QUEUE.batch_size))


MESSAGES = st.lists(
    st.lists(
        st.builds(
            lambda key, customer, event: email(str(key), JUNE_10, external_customer_id=customer, event_name=event),
            key=st.integers(0, 6),
            customer=st.sampled_from(["acme", "acme", "beta"]),
            event=st.sampled_from(["email_sent", "demo"]),
        ),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=5,
)
PERHAPS_A_FAULT = st.none() | st.builds(FaultAt, st.sampled_from((*CRASHES, *ERRORS)), st.integers(0, 25))


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """What happens to messages, each as often as it likes."""
    places = st.lists(st.integers(0, 9), min_size=1, max_size=4)
    fault = PERHAPS_A_FAULT

    def deliver(chosen: list[int], at: FaultAt | None) -> Step:
        return lambda found: found.deliver(chosen, at) if found.queue else None

    def come_twice(place: int) -> Step:
        return lambda found: found.queue.append(found.queue[place % len(found.queue)]) if found.queue else None

    def give_up(place: int) -> Step:
        return lambda found: found.dead.append(found.queue.pop(place % len(found.queue))) if found.queue else None

    kinds = st.one_of(
        st.builds(deliver, places, fault),
        st.builds(deliver, places, fault),
        st.builds(come_twice, st.integers(0, 9)),
        st.builds(give_up, st.integers(0, 9)),
        st.builds(lambda at: lambda found: found.shelve(at), fault),
        st.builds(lambda at: lambda found: found.redrive(at), fault),
    )
    return draw(st.lists(kinds, min_size=1, max_size=8))


@given(messages=MESSAGES, history=steps())
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_adds_up(scene: Scene, messages: list[list[Signal]], history: list[Step]) -> None:
    put_back = saved()
    scene.order()
    scene.activate()
    found = road(scene, messages)

    for step in history:
        step(found)
        check_on_the_way(found)
    drain(found)

    check_in_the_end(found)
    put_back()


# ---- each fault by itself


def two_messages(scene: Scene) -> Road:
    """Both of two customers; the second repeats a signal of the first in one log, and has a new one for the other."""
    one, two, three = email("1"), email("2", external_customer_id="beta"), email("3", external_customer_id="beta")
    return road(scene, [[one, two], [three, one]])


@pytest.mark.parametrize("fault", [*CRASHES, never_arrives, answer_is_lost, is_sent_twice])
def test_a_fault_anywhere_in_a_delivery(scene: Scene, fault: Fault) -> None:
    put_back = saved()
    with watched(scene.world.clients) as watch:
        two_messages(scene).deliver([0, 1])
    assert watch.calls[-1] == "PutItem"  # the settlement of the second message is the last thing

    for position in range(len(watch.calls)):
        put_back()
        found = two_messages(scene)
        found.deliver([0, 1], FaultAt(fault, position))
        check_on_the_way(found)
        drain(found)
        check_in_the_end(found)


@pytest.mark.parametrize("fault", [*CRASHES, never_arrives])
def test_a_fault_anywhere_in_keeping_and_in_sending_again(scene: Scene, fault: Fault) -> None:
    """Both messages are given up, the first after a part of it was logged."""
    found = two_messages(scene)
    found.deliver([0], FaultAt(crashes_after, _first_append(scene)))
    found.dead, found.queue = found.queue, []
    put_back = saved()
    letters = found.dead
    with watched(scene.world.clients) as watch:
        found.shelve()
        found.redrive()

    for position in range(len(watch.calls)):
        put_back()
        found = Road(scene, found.sent, [], list(letters))
        found.shelve(FaultAt(fault, position))
        check_on_the_way(found)
        found.redrive(FaultAt(fault, position))
        check_on_the_way(found)
        drain(found)
        check_in_the_end(found)


def _first_append(scene: Scene) -> int:
    put_back = saved()
    with watched(scene.world.clients) as watch:
        two_messages(scene).deliver([0])
    put_back()
    return watch.calls.index("PutItem")


@pytest.mark.parametrize("fault", [crashes_before, crashes_after])
def test_two_workers_with_one_message_at_once_settle_it_rightly_whichever_ends_last(scene: Scene, fault: Fault) -> None:
    """The first crashes somewhere, a second one does it all, and SQS brings the message once more."""
    put_back = saved()
    with watched(scene.world.clients) as watch:
        two_messages(scene).deliver([0, 1])

    for position in range(len(watch.calls)):
        put_back()
        found = two_messages(scene)
        copies = list(found.queue)
        found.deliver([0, 1], FaultAt(fault, position))
        found.queue = list(copies)
        found.deliver([0, 1])
        found.queue = list(copies)
        found.deliver([1, 0])
        check_in_the_end(found)
