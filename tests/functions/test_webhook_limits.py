"""What one organization's tests of webhooks may take: three seconds each, and of each webhook one at a time."""

import threading
from collections.abc import Iterator
from socket import socket

import pytest

from functions.adapters.webhook_post import TEST_SECONDS, TOTAL_SECONDS
from tests.functions.hooks import CREATED, POSTED, Listener
from tests.functions.sales import seller
from tests.posting import answering
from tests.receiver import receiving
from tests.world import Answer, World


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world), receiver)


def test_while_a_test_is_under_way_another_is_refused_and_sent_to_nobody(hooks: Listener) -> None:
    """The receiver itself asks for the second test, before it answers the first."""
    hooks.listen(CREATED)
    seconds: list[Answer] = []
    hooks.receiver.meanwhile = lambda: seconds.append(hooks.test(CREATED))

    first = hooks.test(CREATED)

    (second,) = seconds
    assert (first.status, second.status, second.body["code"]) == (200, 400, "TEST_UNDER_WAY")
    assert second.sentence.startswith(f"webhook {CREATED} is being tested since ")
    assert len(hooks.receiver.received) == len(hooks.deliveries(CREATED)) == 1
    assert hooks.shown(CREATED)["lastStatus"] == "success"


def test_one_test_after_the_other_is_sent_whatever_became_of_the_first(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.receiver.answers.append(500)

    assert [hooks.test(CREATED).body for _ in range(3)] == [{"success": False}, {"success": True}, {"success": True}]


def test_the_webhooks_of_an_organization_do_not_wait_for_each_other(hooks: Listener) -> None:
    hooks.listen(CREATED, POSTED)

    assert [hooks.test(name).status for name in (CREATED, POSTED)] == [200, 200]


def test_a_receiver_that_says_nothing_holds_a_test_for_three_seconds_and_no_longer(hooks: Listener) -> None:
    ended = threading.Event()

    def wait(connection: socket) -> None:
        connection.recv(65_536)
        ended.wait(TOTAL_SECONDS)

    with answering(wait) as url:
        hooks.patch(CREATED, url=url, enabled=True)
        answer = hooks.test(CREATED)
        ended.set()

    (delivery,) = hooks.deliveries(CREATED)
    assert answer.body == {"success": False}
    assert (TEST_SECONDS, delivery["error"]) == (3, "no answer within 3 seconds")
