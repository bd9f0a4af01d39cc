"""What one organization's tests of webhooks may take: three seconds each, and of each webhook one in ten seconds."""

import threading
from collections.abc import Iterator
from socket import socket

import pytest

from functions.adapters.webhook_post import TEST_SECONDS, TOTAL_SECONDS
from tests.functions.hooks import CREATED, POSTED, Listener
from tests.functions.sales import at, fee, seller
from tests.posting import answering
from tests.receiver import receiving
from tests.world import World


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world), receiver)


def test_a_test_that_comes_too_soon_is_refused_and_sent_to_nobody(hooks: Listener) -> None:
    hooks.listen(CREATED)
    first = hooks.test(CREATED)

    second = hooks.test(CREATED)

    assert (first.status, second.status, second.body["code"]) == (200, 400, "TESTED_TOO_SOON")
    assert second.sentence.startswith(f"webhook {CREATED} was last sent at ")
    assert ", expected that to be 10 seconds ago before it is tested: try again in " in second.sentence
    assert len(hooks.receiver.received) == len(hooks.deliveries(CREATED)) == 1
    assert hooks.shown(CREATED)["lastStatus"] == "success"


def test_after_ten_seconds_it_is_sent_again(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.test(CREATED)
    hooks.later(CREATED)

    assert hooks.test(CREATED).body == {"success": True}


def test_a_test_that_failed_counts_as_one_that_did_not(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.receiver.answers.append(500)
    hooks.test(CREATED)

    assert hooks.test(CREATED).status == 400


def test_a_test_right_behind_a_real_delivery_waits_for_its_turn_too(hooks: Listener) -> None:
    hooks.listen(CREATED)
    hooks.acme.sell(fee(at(500_00)))

    assert hooks.test(CREATED).body["code"] == "TESTED_TOO_SOON"


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
