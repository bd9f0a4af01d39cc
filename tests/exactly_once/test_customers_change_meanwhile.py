"""Customers go, and names move, while signals are in the queue: nothing is lost, and here is where it ends."""

from functions.billing.models.customer import CustomerAlias
from functions.billing.models.segment import hash_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.models.signal_filter import SignalFilter
from functions.billing.usecases.accept_signals import Accepted
from functions.wiring import entities, people, signalling
from infra.resources import SIGNAL_QUEUE
from tests.builders import NOW, make_customer
from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import CUSTOMER, EMAIL_ID, JUNE, Scene, deliver_until_done, email
from tests.fakes.sent_signals import FakeSentSignals


def test_signals_of_a_deleted_customer_by_its_id_stay_in_its_log(scene: Scene) -> None:
    """Unattributed, and in the listing of the organization."""
    body = scene.batch(email("1", customer_id=CUSTOMER))
    entities.customers().delete(scene.organization_id, CUSTOMER)

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])

    assert keys(scene, CUSTOMER) == {"1"}
    assert (scene.checkpoint().counted, scene.checkpoint().unattributed) == (0, 1)
    assert scene.customer_ids() == {}
    assert listed(scene) == 1


def test_signals_of_a_deleted_customer_by_its_name_make_a_new_one(scene: Scene) -> None:
    """As any unknown external id does (contract: Customer)."""
    body = scene.batch(email("1"))
    entities.customers().delete(scene.organization_id, CUSTOMER)

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])

    new_id = scene.customer_ids()["acme"]
    assert new_id != CUSTOMER
    assert keys(scene, new_id) == {"1"}
    assert listed(scene) == 1


def test_signals_by_a_name_that_moved_go_to_whoever_has_it_now(scene: Scene) -> None:
    body = scene.batch(email("1"))
    rename(scene, "acme-2")
    entities.customers().insert(scene.organization_id, make_customer(id="cus_2", external_id="acme"))

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])

    assert keys(scene, "cus_2") == {"1"}
    assert keys(scene, CUSTOMER) == set()


def test_signals_by_an_alias_and_by_the_name_are_in_one_log_and_know_each_other(scene: Scene) -> None:
    alias = CustomerAlias(alias="acme-eu", customer_id=CUSTOMER, created_at=NOW, updated_at=NOW)
    people.aliases().insert(scene.organization_id, alias)
    by_alias, by_name = (email("1", external_customer_id=name) for name in ("acme-eu", "acme"))

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(by_alias), scene.batch(by_name)])

    assert keys(scene, CUSTOMER) == {"1"}
    assert len(scene.entries()) == 1


def test_an_order_is_rated_for_a_customer_whose_name_moved(scene: Scene) -> None:
    scene.order()
    scene.activate()
    rename(scene, "acme-2")

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1", external_customer_id="acme-2"))])

    assert scene.checkpoint().usage == {EMAIL_ID: {JUNE: 1}}


def test_a_message_delivered_again_after_its_name_moved_counts_once(scene: Scene) -> None:
    """A past mistake (law 1): the signal was in two logs, for the name is resolved anew at each delivery."""
    body = scene.batch(email("1"))
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])
    rename(scene, "acme-2")

    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [body])

    assert listed(scene) == 1


def test_the_front_door_takes_nothing_for_a_repeat_because_of_a_name_that_moved(scene: Scene) -> None:
    """It remembers names; the customer who has the name now never saw the key, and what is a repeat is never sent."""
    environment = scene.environment()
    deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(email("1"))])
    assert sent(scene, environment) == (0, 1)  # known, and the name remembered

    entities.customers().delete(scene.organization_id, CUSTOMER)

    assert sent(scene, environment) == (1, 0)


def test_the_front_door_refuses_a_repeat_for_a_customer_who_is_gone(scene: Scene) -> None:
    environment = scene.environment()
    signal = email("1", customer_id=CUSTOMER)
    deliver_until_done(environment, SIGNAL_QUEUE, [scene.batch(signal)])
    accept(scene, environment, signal)

    entities.customers().delete(scene.organization_id, CUSTOMER)

    (failure,) = accept(scene, environment, signal).failures
    assert failure.error.code == "UNKNOWN_CUSTOMER"


def sent(scene: Scene, environment: Environment) -> tuple[int, int]:
    """How many of one signal were sent and how many were repeats."""
    accepted = accept(scene, environment, email("1"))
    assert len(scene.take(SIGNAL_QUEUE)) == accepted.ingested
    return accepted.ingested, accepted.duplicates


def accept(scene: Scene, environment: Environment, *signals: Signal) -> Accepted:
    sender = Sender(scene.organization_id, received_at=NOW, is_test=True)
    sent = FakeSentSignals(scene.organization_id, NOW, signals)
    accepted = environment.wiring.accept_signals()(sender, sent)
    assert isinstance(accepted, Accepted)
    return accepted


def rename(scene: Scene, external_id: str) -> None:
    entities.customers().modify(
        scene.organization_id, CUSTOMER, lambda customer: customer.model_copy(update={"external_id": external_id})
    )


def keys(scene: Scene, customer_id: str) -> set[str]:
    """Of the keys used here, those in the customer's log."""
    hashes = {entry.key_hash for entry in scene.entries(customer_id)}
    return {key for key in ("1", "2") if hash_key(key) in hashes}


def listed(scene: Scene) -> int:
    return signalling.signal_listing().page(scene.organization_id, SignalFilter(), limit=10, offset=0).total
