"""Credits that are used up, disturbed at each AWS call of who takes them and of who looks: told once, never missed.

Acme holds 30 credits; each signal takes 10.
"""

import json
from collections.abc import Iterable, Sequence

import pytest

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.depletions import KIND
from functions.adapters.dynamodb.table import Records
from functions.billing.usecases import append_signals
from infra.resources import BILLING_CHANGES, CREDIT_QUEUE, INVOICE_QUEUE, SIGNAL_QUEUE, Queue
from local.resources import physical_name
from tests.changes import taken
from tests.exactly_once.environment import Environment, Impatient
from tests.exactly_once.racing import at_each_call
from tests.exactly_once.scene import CUSTOMER, PRODUCT, Scene, deliver_until_done, delivered, email
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.memory import saved


@pytest.fixture
def sold(scene: Scene) -> Scene:
    """Of 30 credits 10 are taken."""
    acme = scene.tenant
    currency = acme.create("/credits/currencies", name="Pages", key="pages")["id"]
    price = {"pricingType": "UsagePrepaidCredits", "eventName": "email_sent", "creditsCurrencyId": currency}
    attribute = {"name": "E-mails", "pricing": {**price, "creditCost": 10}}
    assert acme.call("PUT", f"/products/{PRODUCT}", {"productAttributes": [attribute]}).status == 200
    order = acme.create(
        "/orders/", customerId=CUSTOMER, startDate="2025-06-01T00:00:00Z", lines=[{"productId": PRODUCT}]
    )
    grant(scene, day=1)
    assert acme.call("POST", f"/orders/{order['id']}/activate").status == 200
    scene.take(INVOICE_QUEUE)
    rate(scene.environment(), emails(scene, "first"))
    look(scene.environment(), scene)
    assert told(scene) == 0
    taken(BILLING_CHANGES)
    return scene


def grant(scene: Scene, *, day: int) -> None:
    body = {"creditCurrencyKey": "pages", "amount": 30, "startsAt": f"2025-06-{day:02}T00:00:00Z"}
    assert scene.tenant.call("POST", f"/customers/{CUSTOMER}/credits/grants", body).status == 201


def told(scene: Scene) -> int:
    """How often it was."""
    records = Records(scene.world.clients.dynamodb, physical_name("records"))
    return len(list(records.query(keys.kind_partition(scene.organization_id, KIND))))


def in_the_stream() -> list[str]:
    """The kinds of what is new there."""
    return [record["eventName"] for record in taken(BILLING_CHANGES)]


def emails(scene: Scene, *names: str) -> list[str]:
    return [scene.batch(*(email(name) for name in names))]


def rate(environment: Environment, bodies: Sequence[str]) -> None:
    deliver_until_done(environment, SIGNAL_QUEUE, bodies)


def asked(scene: Scene) -> list[str]:
    return [json.dumps(body) for body in scene.take(CREDIT_QUEUE)]


def look(environment: Environment, scene: Scene) -> None:
    deliver_until_done(environment, CREDIT_QUEUE, asked(scene))


def disturbed(scene: Scene, queue: Queue, bodies: Sequence[str], fault: Fault) -> Iterable[tuple[int, str]]:
    """Each call of the delivery meets the fault once, and what comes back comes again until it is done."""
    put_back = saved()
    with watched(scene.world.clients) as watch:
        assert delivered(scene.environment(), queue, bodies) == []
    for position, operation in enumerate(watch.calls):
        put_back()
        environment, failed = scene.environment(), bodies
        try:
            with watched(scene.world.clients, fault, at=position):
                failed = delivered(environment, queue, bodies)
        except Crash:
            environment = scene.environment()
        deliver_until_done(environment, queue, failed)
        yield position, operation


@pytest.mark.parametrize("shard_size", [1, append_signals.SPLIT_AT])
@pytest.mark.parametrize("fault", [*CRASHES, *ERRORS])
def test_whatever_happens_to_whoever_takes_them_somebody_looks(
    sold: Scene, fault: Fault, shard_size: int, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    """Also of a log whose shards hold one key each, where no one worker takes the last of all."""
    monkeypatch.setattr(append_signals, "SPLIT_AT", shard_size)

    for position, operation in disturbed(sold, SIGNAL_QUEUE, emails(sold, "second", "third"), fault):
        with subtests.test(position=position, operation=operation):
            look(sold.environment(), sold)

            assert told(sold) == 1
            assert in_the_stream() == ["INSERT"]


@pytest.mark.parametrize("fault", [*CRASHES, *ERRORS])
def test_whatever_happens_to_whoever_looks_it_is_told_once(
    sold: Scene, fault: Fault, subtests: pytest.Subtests
) -> None:
    rate(sold.environment(), emails(sold, "second", "third"))

    for position, operation in disturbed(sold, CREDIT_QUEUE, asked(sold), fault):
        with subtests.test(position=position, operation=operation):
            assert told(sold) == 1
            assert in_the_stream() == ["INSERT"]


def test_of_two_who_look_at_once_one_tells_it(sold: Scene, subtests: pytest.Subtests) -> None:
    rate(sold.environment(), emails(sold, "second", "third"))
    (body,) = asked(sold)

    def looks(environment: Environment) -> None:
        deliver_until_done(environment, CREDIT_QUEUE, [body])

    for position, operation in at_each_call(sold, looks, looks):
        with subtests.test(position=position, operation=operation):
            assert told(sold) == 1
            assert in_the_stream() == ["INSERT"]


def test_of_two_who_take_at_once_the_last_to_ask_sees_what_both_took(sold: Scene, subtests: pytest.Subtests) -> None:
    mine, theirs = emails(sold, "second"), emails(sold, "third")

    for position, operation in at_each_call(sold, lambda e: rate(e, mine), lambda e: rate(e, theirs)):
        with subtests.test(position=position, operation=operation):
            look(sold.environment(), sold)

            assert told(sold) == 1


def test_a_grant_between_any_two_calls_is_used_up_later(sold: Scene, subtests: pytest.Subtests) -> None:
    """Either the first was used up before it, or both are together; then three more signals take the rest."""
    rate(sold.environment(), emails(sold, "second", "third"))
    (body,) = asked(sold)

    def looks(environment: Environment) -> None:
        deliver_until_done(environment, CREDIT_QUEUE, [body])

    for position, operation in at_each_call(sold, looks, lambda _: grant(sold, day=2)):
        with subtests.test(position=position, operation=operation):
            before = told(sold)
            assert before <= 1

            rate(sold.environment(), emails(sold, "fourth", "fifth", "sixth"))
            look(sold.environment(), sold)

            assert told(sold) == before + 1


def test_a_turn_that_runs_out_of_time_hands_back_whom_it_did_not_look_at(sold: Scene) -> None:
    """It looks at the clock as it begins and before each customer: of Acme and Globex there is time for Acme alone."""
    rate(sold.environment(), emails(sold, "second", "third"))
    (acme,) = asked(sold)
    globex = json.dumps(json.loads(acme) | {"customer": "cus_2"})

    assert delivered(sold.environment(), CREDIT_QUEUE, [acme, globex], Impatient(2)) == [globex]
    assert told(sold) == 1

    assert delivered(sold.environment(), CREDIT_QUEUE, [acme, globex], Impatient(1)) == [acme, globex]
