"""An external id moves between two deliveries of one message, or while it is delivered: each signal is in one log.

What is sent by one name counts once, whoever has had the name; `worker` delivers until nothing comes back.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from functions.billing.models.customer import CustomerAlias
from functions.billing.models.segment import hash_key
from functions.billing.models.signal_filter import SignalFilter
from functions.wiring import entities, people, signalling
from infra.resources import SIGNAL_QUEUE
from tests.builders import NOW, make_customer
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import Act, at_each_call
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
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.memory import saved

Change = Callable[[Scene], object]


def to_nobody(scene: Scene) -> None:
    """Whoever delivers next makes a customer of it."""
    rename(scene, CUSTOMER, "was acme")


def to_another(scene: Scene) -> None:
    rename(scene, CUSTOMER, "was acme")
    entities.customers().insert(scene.organization_id, make_customer(id="cus_2", external_id="acme"))


def to_an_alias_of_another(scene: Scene) -> None:
    rename(scene, CUSTOMER, None)
    entities.customers().insert(scene.organization_id, make_customer(id="cus_2"))
    people.aliases().insert(scene.organization_id, alias("acme", "cus_2"))


def by_deletion(scene: Scene) -> None:
    entities.customers().delete(scene.organization_id, CUSTOMER)


def on_to_a_third(scene: Scene) -> None:
    rename(scene, "cus_2", None)
    entities.customers().insert(scene.organization_id, make_customer(id="cus_3", external_id="acme"))


def over_a_second_to_a_third(scene: Scene) -> None:
    to_another(scene)
    on_to_a_third(scene)


def back_to_the_first(scene: Scene) -> None:
    rename(scene, "cus_2", None)
    rename(scene, CUSTOMER, "acme")


def away_and_back(scene: Scene) -> None:
    to_another(scene)
    back_to_the_first(scene)


@pytest.mark.parametrize(
    "move", [to_nobody, to_another, to_an_alias_of_another, by_deletion, over_a_second_to_a_third, away_and_back]
)
def test_a_message_delivered_again_counts_once_and_a_new_one_goes_to_whoever_has_the_name(
    scene: Scene, move: Change
) -> None:
    environment, body = scene.environment(), scene.batch(email("1"))
    deliver_until_done(environment, SIGNAL_QUEUE, [body])
    move(scene)

    for worker in (environment, scene.environment()):
        deliver_until_done(worker, SIGNAL_QUEUE, [body, scene.batch(email("1"), email("2"))])

    assert counted(scene) == once("12")
    assert hash_key("1") in keys(scene, CUSTOMER)
    assert hash_key("2") in keys(scene, holder(scene))


def test_a_message_by_an_alias_that_moved_counts_once(scene: Scene) -> None:
    environment, body = scene.environment(), scene.batch(email("1", external_customer_id="crm"))
    entities.customers().insert(scene.organization_id, make_customer(id="cus_2"))
    people.aliases().insert(scene.organization_id, alias("crm", CUSTOMER))
    deliver_until_done(environment, SIGNAL_QUEUE, [body])

    people.aliases().delete(scene.organization_id, CUSTOMER, "crm")
    people.aliases().insert(scene.organization_id, alias("crm", "cus_2"))
    deliver_until_done(environment, SIGNAL_QUEUE, [body, scene.batch(email("2", external_customer_id="crm"))])

    assert (keys(scene, CUSTOMER), keys(scene, "cus_2")) == ([hash_key("1")], [hash_key("2")])


def test_each_holder_in_turn_gets_what_was_new_in_its_time(scene: Scene) -> None:
    """And every message so far comes once more after each move."""
    environment, bodies = scene.environment(), [scene.batch(email("1"))]
    deliver_until_done(environment, SIGNAL_QUEUE, bodies)

    for key, move in (("2", to_another), ("3", back_to_the_first), ("4", on_to_the_second)):
        move(scene)
        bodies.append(scene.batch(email(key)))
        deliver_until_done(environment, SIGNAL_QUEUE, bodies)
        deliver_until_done(scene.environment(), SIGNAL_QUEUE, bodies)

    assert keys(scene, CUSTOMER) == [hash_key("1"), hash_key("3")]
    assert keys(scene, "cus_2") == [hash_key("2"), hash_key("4")]


def test_a_key_that_the_earlier_holder_gets_by_its_new_name_is_no_repeat_of_the_new_holders(scene: Scene) -> None:
    """In one delivery, and the earlier holder's come first."""
    to_another(scene)
    bodies = [scene.batch(email("1", external_customer_id=name)) for name in ("was acme", "acme")]

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, bodies)
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, bodies)

    assert keys(scene, CUSTOMER) == keys(scene, "cus_2") == [hash_key("1")]


def test_an_earlier_holder_is_fenced_once_and_nobody_lists_the_fence(scene: Scene) -> None:
    environment = scene.environment()
    deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email("1"))])
    to_another(scene)

    for key in "234":
        deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email(key))])

    assert [(len(segment.entries), segment.fence is not None) for segment in scene.log()] == [(1, False), (0, True)]
    for wanted in (SignalFilter(), SignalFilter(customer_id=CUSTOMER)):
        page = signalling.signal_listing().page(scene.organization_id, wanted, limit=10, offset=0)
        assert page.total == len(page.items) == (4 if wanted == SignalFilter() else 1)


def test_a_name_that_never_moved_makes_no_further_calls(scene: Scene) -> None:
    environment = scene.environment()
    deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email("1"))])

    with watched(scene.world.clients) as watch:
        deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email("2"))])

    organization, customer, product = ["GetItem"] * 3
    append, rate = ["Query", "PutItem"], ["Query", "PutItem"]
    assert watch.calls == [organization, customer, product, *append, *rate]


def test_a_fence_is_rated_as_nothing(scene: Scene) -> None:
    scene.order()
    scene.activate()
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"))])
    to_another(scene)
    later = [scene.batch(email(key, external_customer_id=name)) for key, name in (("2", "acme"), ("3", "was acme"))]

    for body in later:
        deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])

    assert [len(segment.entries) for segment in scene.log()] == [1, 0, 1]
    assert (scene.checkpoint().rated_through, scene.checkpoint().usage) == (3, {EMAIL_ID: {JUNE: 2}})


@pytest.mark.parametrize("moves", [(to_another,), (by_deletion,), (to_another, on_to_a_third)])
def test_a_name_that_moves_at_any_call_of_a_worker_leaves_each_signal_in_one_log(
    scene: Scene, moves: Sequence[Change], subtests: pytest.Subtests
) -> None:
    """Another worker with the same message runs whole after the last move; then the first goes on."""
    *before, last = moves
    for move in before:
        move(scene)
    mine, theirs = worker(scene, "12"), worker(scene, "213")

    def move_and_deliver(environment: Environment) -> None:
        last(scene)
        theirs(environment)

    for position, operation in at_each_call(scene, mine, move_and_deliver):
        with subtests.test(position=position, operation=operation):
            assert counted(scene) == once("123")
            assert all_is_rated(scene)


def test_a_worker_that_learns_of_the_move_from_the_fence_needs_one_more_delivery(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    body, came_back = scene.batch(email("1")), 0

    def first(environment: Environment) -> None:
        nonlocal came_back
        failed = delivered(environment, SIGNAL_QUEUE, [body])
        came_back += len(failed)
        assert delivered(environment, SIGNAL_QUEUE, failed) == []

    def second(environment: Environment) -> None:
        to_another(scene)
        deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email("2"))])

    for position, operation in at_each_call(scene, first, second):
        with subtests.test(position=position, operation=operation):
            assert counted(scene) == once("12")
    assert came_back > 0


def test_whoever_fences_a_log_that_others_append_to_disturbs_and_loses_nothing(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"))])
    to_another(scene)
    fencing, others = worker(scene, "12"), worker(scene, "34", name="was acme")

    for first, second in ((fencing, others), (others, fencing)):
        for position, operation in at_each_call(scene, first, second):
            with subtests.test(first=first is fencing, position=position, operation=operation):
                assert sorted(keys(scene, CUSTOMER)) == sorted(map(hash_key, "134"))
                assert keys(scene, "cus_2") == [hash_key("2")]
                assert all_is_rated(scene)


@pytest.mark.parametrize("fault", [*CRASHES, *ERRORS])
def test_whoever_is_disturbed_at_any_call_while_it_fences_leaves_each_signal_in_one_log(
    scene: Scene, fault: Fault, subtests: pytest.Subtests
) -> None:
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"))])
    over_a_second_to_a_third(scene)
    body = scene.batch(email("1"), email("2"))
    put_back = saved()
    with watched(scene.world.clients) as undisturbed:
        deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])

    for position, operation in enumerate(undisturbed.calls):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, fault, at=position) as watch, suppress(Crash):
                delivered(environment, SIGNAL_QUEUE, [body])
            deliver_until_done(scene.environment() if fault in CRASHES else environment, SIGNAL_QUEUE, [body])

            assert watch.has_struck
            assert counted(scene) == once("12")
            assert [segment.number for segment in scene.log() if segment.fence] == [2]
            assert all_is_rated(scene)


def worker(scene: Scene, signals: str, name: str = "acme") -> Act:
    body = scene.batch(*(email(key, external_customer_id=name) for key in signals))
    return lambda environment: deliver_until_done(environment, SIGNAL_QUEUE, [body])


def on_to_the_second(scene: Scene) -> None:
    rename(scene, CUSTOMER, None)
    rename(scene, "cus_2", "acme")


def rename(scene: Scene, customer_id: str, external_id: str | None) -> None:
    entities.customers().modify(
        scene.organization_id, customer_id, lambda customer: customer.model_copy(update={"external_id": external_id})
    )


def alias(name: str, customer_id: str) -> CustomerAlias:
    return CustomerAlias(alias=name, customer_id=customer_id, created_at=NOW, updated_at=NOW)


def holder(scene: Scene) -> str:
    found = entities.customers().resolve(scene.organization_id, "acme")
    assert found is not None
    return found


def everybody(scene: Scene) -> set[str]:
    """Those who are there, and the first, who may be gone; all have a log."""
    return {CUSTOMER, *scene.customer_ids().values()}


def keys(scene: Scene, customer_id: str) -> list[bytes]:
    return [entry.key_hash for entry in scene.entries(customer_id)]


def counted(scene: Scene) -> Counter[bytes]:
    """How often each key is in all logs together."""
    return Counter(key for customer_id in everybody(scene) for key in keys(scene, customer_id))


def once(signals: str) -> Counter[bytes]:
    return Counter(map(hash_key, signals))


def all_is_rated(scene: Scene) -> bool:
    """Whether each log is whole, and its usage what it holds up to its checkpoint; behind that are fences only."""
    return all(is_rated(scene, customer_id) for customer_id in everybody(scene))


def is_rated(scene: Scene, customer_id: str) -> bool:
    log, checkpoint = scene.log(customer_id), scene.checkpoint(customer_id)
    orders = [order for order in scene.orders() if order.customer_id == customer_id]
    entries = [entry for segment in log for entry in segment.entries]
    return (
        is_whole(log)
        and checkpoint.usage == recounted(entries, orders)
        and checkpoint.counted + checkpoint.unattributed == len(entries)
        and all(segment.fence is not None for segment in log[checkpoint.rated_through :])
    )
