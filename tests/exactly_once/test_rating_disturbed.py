"""A batch of signals, disturbed at each AWS call and delivered again: the log and the usage are as if nothing happened.

Two messages with duplicates in and between them, for a known customer, by both its names, and for a new one.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from functions.billing.models.order import Order
from functions.billing.models.segment import hash_key
from functions.wiring import entities
from infra.resources import SIGNAL_QUEUE
from tests.exactly_once.environment import Impatient
from tests.exactly_once.scene import (
    CUSTOMER,
    EMAIL_ID,
    JUNE,
    Scene,
    deliver_until_done,
    delivered,
    email,
    is_whole,
    recounted,
)
from tests.faults import (
    CRASHES,
    Crash,
    Fault,
    answer_is_lost,
    is_sent_twice,
    meets_a_transaction,
    never_arrives,
    watched,
)
from tests.memory import saved

FIRST = (email("1"), email("2"), email("1"), email("9", external_customer_id="new"))
SECOND = (email("2"), email("3", customer_id=CUSTOMER), email("4", event_name="unpriced"))


def test_undisturbed_each_key_counts_once(scene: Scene) -> None:
    bodies = a_batch_for_an_active_order(scene)

    assert delivered(scene.environment(), SIGNAL_QUEUE, bodies) == []

    assert outcome(scene) == {
        "customers": 2,
        "acme": {
            "keys": sorted(map(hash_key, "1234")),
            "usage": {EMAIL_ID: {JUNE: len("123")}},
            "counted, unattributed": (len("123"), len("4")),
            "faults": [],
        },
        "new": {"keys": [hash_key("9")], "usage": {}, "counted, unattributed": (0, 1), "faults": []},
    }


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_at_any_call_and_a_later_delivery_change_nothing(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    bodies = a_batch_for_an_active_order(scene)
    put_back = saved()
    expected, calls = undisturbed(scene, bodies)

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                delivered(scene.environment(), SIGNAL_QUEUE, bodies)
            deliver_until_done(scene.environment(), SIGNAL_QUEUE, bodies)

            assert outcome(scene) == expected


@pytest.mark.parametrize("error", [never_arrives, answer_is_lost, meets_a_transaction, is_sent_twice])
def test_an_error_at_any_call_fails_just_what_must_come_again(
    scene: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    """The environment lives on, and only the messages that it reports are delivered to it again."""
    bodies = a_batch_for_an_active_order(scene)
    put_back = saved()
    expected, calls = undisturbed(scene, bodies)

    for position, operation in enumerate(calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position) as watch:
                failed = delivered(environment, SIGNAL_QUEUE, bodies)
            deliver_until_done(environment, SIGNAL_QUEUE, failed)

            assert watch.has_struck
            assert outcome(scene) == expected


def test_a_delivery_hours_later_in_another_order_changes_nothing(scene: Scene) -> None:
    bodies = a_batch_for_an_active_order(scene)
    expected, _ = undisturbed(scene, bodies)

    for again in (bodies[::-1], bodies[1:], bodies + bodies):
        deliver_until_done(scene.environment(), SIGNAL_QUEUE, again)

    assert outcome(scene) == expected


def test_a_turn_that_runs_out_of_time_hands_back_what_it_did_not_end(scene: Scene, subtests: pytest.Subtests) -> None:
    bodies = a_batch_for_an_active_order(scene)
    put_back = saved()
    expected, _ = undisturbed(scene, bodies)

    for looks in range(1, 6):
        put_back()
        with subtests.test(looks=looks):
            failed = delivered(scene.environment(), SIGNAL_QUEUE, bodies, Impatient(looks))
            assert failed or looks == 5
            deliver_until_done(scene.environment(), SIGNAL_QUEUE, failed)

            assert outcome(scene) == expected


def a_batch_for_an_active_order(scene: Scene) -> list[str]:
    scene.order()
    scene.activate()
    return [scene.batch(*FIRST), scene.batch(*SECOND)]


def undisturbed(scene: Scene, bodies: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What a delivery leads to, and the calls that it makes."""
    with watched(scene.world.clients) as watch:
        assert delivered(scene.environment(), SIGNAL_QUEUE, bodies) == []
    return outcome(scene), watch.calls


def outcome(scene: Scene) -> dict[str, Any]:
    """What became of the signals, by the customers' external ids, which alone are the same in each run."""
    customers = entities.customers().page(scene.organization_id, limit=100, offset=0)
    orders = scene.orders()
    return {"customers": customers.total} | {
        str(customer.external_id): of_customer(scene, customer.id, [o for o in orders if o.customer_id == customer.id])
        for customer in customers.items
    }


def of_customer(scene: Scene, customer_id: str, orders: Sequence[Order]) -> dict[str, Any]:
    log, checkpoint = scene.log(customer_id), scene.checkpoint(customer_id)
    entries = [entry for segment in log for entry in segment.entries]
    faults = {
        "the log has gaps or repeats": not is_whole(log),
        "the usage is not what the log holds": checkpoint.usage != recounted(entries, orders),
        "the rating is not at the end of the log": checkpoint.rated_through != len(log),
        "the checkpoint counts others": checkpoint.counted + checkpoint.unattributed != len(entries),
    }
    return {
        "keys": sorted(entry.key_hash for entry in entries),
        "usage": checkpoint.usage,
        "counted, unattributed": (checkpoint.counted, checkpoint.unattributed),
        "faults": [sentence for sentence, is_so in faults.items() if is_so],
    }
