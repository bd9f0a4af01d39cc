import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from infra.resources import Queue
from local.functions import FunctionFailedError
from local.messages import Json, Message
from local.poller import RETRY_SECONDS, Poller

Deliver: TypeAlias = Callable[[Json], object]

QUEUE = Queue(name="jobs", env="JOBS", visibility_seconds=360, batch_size=10)


class FakeQueue:
    def __init__(self, *names: str) -> None:
        self.waiting = deque(Message(name, f"receipt-{name}", "body") for name in names)
        self.deleted: list[str] = []
        self.retried: list[str] = []
        self.delays: set[int] = set()

    def receive(self, limit: int) -> Sequence[Message]:
        return [self.waiting.popleft() for _ in range(min(limit, len(self.waiting)))]

    def delete(self, messages: Sequence[Message]) -> None:
        self.deleted += [message.id for message in messages]

    def retry(self, messages: Sequence[Message], *, after_seconds: int) -> None:
        self.retried += [message.id for message in messages]
        self.delays.add(after_seconds)


def polled(queue: FakeQueue, deliver: Deliver) -> FakeQueue:
    Poller(QUEUE, queue, deliver).poll()
    return queue


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_a_batch_without_failures_is_deleted(answer: object) -> None:
    queue = polled(FakeQueue("a", "b"), lambda _: answer)

    assert (queue.deleted, queue.retried) == (["a", "b"], [])


def test_only_the_named_failures_are_delivered_again() -> None:
    queue = polled(FakeQueue("a", "b", "c"), lambda _: {"batchItemFailures": [{"itemIdentifier": "b"}]})

    assert (queue.deleted, queue.retried) == (["a", "c"], ["b"])
    assert queue.delays == {RETRY_SECONDS}


def test_where_the_function_sets_the_delays_failures_are_left_alone() -> None:
    queue = FakeQueue("a", "b")
    shape = Queue(name="hooks", env="HOOKS", visibility_seconds=180, batch_size=10, sets_delays=True)

    Poller(shape, queue, lambda _: {"batchItemFailures": [{"itemIdentifier": "b"}]}).poll()

    assert (queue.deleted, queue.retried) == (["a"], [])


def fail(_: Json) -> object:
    raise FunctionFailedError("ValueError", "no")


@pytest.mark.parametrize(
    "deliver",
    [
        fail,
        lambda _: "done",
        lambda _: {"batchItemFailures": "a"},
        lambda _: {"batchItemFailures": [{}]},
        lambda _: {"batchItemFailures": [{"itemIdentifier": ""}]},
        lambda _: {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
    ],
)
def test_an_error_or_an_answer_not_understood_fails_the_whole_batch(deliver: Deliver) -> None:
    queue = polled(FakeQueue("a", "b"), deliver)

    assert (queue.deleted, queue.retried) == ([], ["a", "b"])


def test_no_message_is_no_delivery() -> None:
    polled(FakeQueue(), fail)


def test_a_delivery_has_at_most_the_batch_size() -> None:
    queue = FakeQueue(*(str(number) for number in range(QUEUE.batch_size + 1)))

    polled(queue, lambda _: None)

    assert len(queue.deleted) == QUEUE.batch_size


def test_a_delivery_under_way_is_finished_before_the_poller_is_gone() -> None:
    entered, release = threading.Event(), threading.Event()

    def slow(_: Json) -> None:
        entered.set()
        release.wait(5)

    queue = FakeQueue("a")
    with Poller(QUEUE, queue, slow).running(threading.Event()):
        entered.wait(5)
        threading.Timer(0.1, release.set).start()

    assert queue.deleted == ["a"]
