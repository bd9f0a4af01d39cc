"""A second worker runs whole between any two AWS calls of the first: the end is as if they had queued up."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from functions import wiring
from functions.billing.errors import Busy
from functions.billing.models.invoice import InvoiceStatus
from functions.billing.models.segment import hash_key
from functions.billing.models.signal import Signal
from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE
from tests.builders import NOW, make_invoice
from tests.exactly_once.environment import Environment
from tests.exactly_once.memory import saved
from tests.exactly_once.scene import (
    AUGUST,
    EMAIL,
    EMAIL_ID,
    FEE,
    JULY,
    JUNE,
    ORDER,
    Scene,
    delivered,
    deliver_until_done,
    email,
    is_whole,
)
from tests.faults import meanwhile, watched

JULY_15 = datetime(2025, 7, 15, tzinfo=UTC)
"""When the order is activated: the invoice of June stays a draft, the later ones post themselves."""


def at_each_call(
    scene: Scene, first: Callable[[Environment], object], second: Callable[[Environment], object]
) -> Iterator[tuple[int, str]]:
    """Runs `first`, with `second` right before its call 0, 1, 2, ..., from the same beginning; yields after each."""
    put_back = saved()
    with watched(scene.world.clients) as watch:
        first(scene.environment())
    for position, operation in enumerate(watch.calls):
        put_back()
        other = meanwhile(lambda: second(scene.environment()))
        with watched(scene.world.clients, other, at=position):
            first(scene.environment())
        yield position, operation


def test_two_billing_runs_make_each_invoice_once(scene: Scene, subtests: pytest.Subtests) -> None:
    scene.order(auto_post_invoices=True)
    scene.activate(now=JULY_15)
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"), email("2"))])

    def run(environment: Environment) -> None:
        assert delivered(environment, INVOICE_QUEUE, [scene.bill(AUGUST)]) == []

    for position, operation in at_each_call(scene, run, run):
        with subtests.test(position=position, operation=operation):
            assert [(i.issue_date, i.number, i.total_minor) for i in scene.invoices()] == [
                (JUNE, None, FEE),
                (JULY, 1, FEE + 2 * EMAIL),
                (AUGUST, 2, FEE),
            ]
            schedule = wiring.schedules().get(scene.organization_id, ORDER)
            assert schedule is not None
            assert schedule.value.billed_minor == 3 * FEE + 2 * EMAIL
            assert schedule.value.next_billing_on == date(2025, 9, 1)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        pytest.param("123", "123", id="the same"),
        pytest.param("123", "456", id="others"),
        pytest.param("123", "234", id="some of the same"),
    ],
)
def test_two_workers_on_one_log_lose_and_repeat_nothing(
    scene: Scene, mine: str, theirs: str, subtests: pytest.Subtests
) -> None:
    scene.order()
    scene.activate()
    keys = {*mine, *theirs}

    for position, operation in at_each_call(scene, worker(scene, mine), worker(scene, theirs)):
        with subtests.test(position=position, operation=operation):
            assert {entry.key_hash for entry in scene.entries()} == set(map(hash_key, keys))
            assert is_whole(scene.log())
            assert scene.checkpoint().usage == {EMAIL_ID: {JUNE: len(keys)}}
            assert scene.checkpoint().rated_through == len(scene.log())


def test_two_workers_that_meet_a_new_customer_make_one(scene: Scene, subtests: pytest.Subtests) -> None:
    mine, theirs = (worker(scene, key, external_customer_id="new") for key in "12")

    for position, operation in at_each_call(scene, mine, theirs):
        with subtests.test(position=position, operation=operation):
            customers = scene.customer_ids()
            assert set(customers) == {"acme", "new"}
            assert wiring.customers().page(scene.organization_id, limit=1, offset=0).total == 2
            assert len(scene.entries(customers["new"])) == 2


def test_two_posted_at_once_take_two_numbers_without_a_gap(scene: Scene, subtests: pytest.Subtests) -> None:
    for invoice_id in ("inv_1", "inv_2"):
        wiring.invoices().insert_if_absent(scene.organization_id, make_invoice(id=invoice_id))

    for position, operation in at_each_call(scene, posting(scene, "inv_1"), posting(scene, "inv_2")):
        with subtests.test(position=position, operation=operation):
            numbers = sorted((i.number or 0, i.status) for i in scene.invoices())
            assert numbers == [(1, InvoiceStatus.POSTED), (2, InvoiceStatus.POSTED)]


def test_the_same_posted_twice_at_once_takes_one_number(scene: Scene, subtests: pytest.Subtests) -> None:
    wiring.invoices().insert_if_absent(scene.organization_id, make_invoice())

    for position, operation in at_each_call(scene, posting(scene, "inv_1"), posting(scene, "inv_1")):
        with subtests.test(position=position, operation=operation):
            assert [i.number for i in scene.invoices()] == [1]
            wiring.invoices().insert_if_absent(scene.organization_id, make_invoice(id="inv_2"))
            assert wiring.invoices().post(scene.organization_id, "inv_2", now=NOW).number == 2


def test_a_voiding_that_meets_a_posting_comes_after_it_or_is_refused(scene: Scene, subtests: pytest.Subtests) -> None:
    wiring.invoices().insert_if_absent(scene.organization_id, make_invoice())

    def change_metadata(environment: Environment) -> None:
        environment.wiring.invoices().modify(
            scene.organization_id, "inv_1", lambda invoice: invoice.model_copy(update={"metadata": {"seen": True}})
        )

    for position, operation in at_each_call(scene, posting(scene, "inv_1"), change_metadata):
        with subtests.test(position=position, operation=operation):
            (invoice,) = scene.invoices()
            assert (invoice.number, invoice.metadata) == (1, {"seen": True})


def worker(scene: Scene, keys: str, **fields: str) -> Callable[[Environment], None]:
    body = scene.batch(*(email(key, **fields) for key in keys))

    def run(environment: Environment) -> None:
        assert delivered(environment, SIGNAL_QUEUE, [body]) == []

    return run


def posting(scene: Scene, invoice_id: str) -> Callable[[Environment], None]:
    def run(environment: Environment) -> None:
        environment.wiring.post_invoice()(scene.organization_id, invoice_id, now=NOW)

    return run
