"""A second worker runs whole between any two AWS calls of the first: the end is as if they had queued up."""

from contextlib import suppress

import pytest

from functions.billing.errors import BillingError
from functions.billing.invoicing.terms import check_deletable
from functions.billing.models.invoice import InvoiceStatus
from functions.billing.models.segment import hash_key
from functions.wiring import entities, ledgers, terms
from infra.resources import INVOICE_QUEUE, SIGNAL_QUEUE
from tests.builders import NOW, USAGE, make_attribute, make_order, make_pricing
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import Act, at_each_call
from tests.exactly_once.scene import (
    AUGUST,
    CUSTOMER,
    EMAIL,
    EMAIL_ID,
    FEE,
    JULY,
    JUNE,
    ORDER,
    Scene,
    deliver_until_done,
    delivered,
    email,
    is_whole,
)


def test_two_billing_runs_make_each_invoice_once(scene: Scene, subtests: pytest.Subtests) -> None:
    scene.order(auto_post_invoices=True)
    scene.activate()
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"), email("2"))])

    def run(environment: Environment) -> None:
        assert delivered(environment, INVOICE_QUEUE, [scene.bill(JULY)]) == []

    for position, operation in at_each_call(scene, run, run):
        with subtests.test(position=position, operation=operation):
            assert [(i.issue_date, i.number, i.total_minor) for i in scene.invoices()] == [
                (JUNE, 1, FEE),
                (JULY, 2, FEE + 2 * EMAIL),
            ]
            schedule = terms.schedules().get(scene.organization_id, ORDER)
            assert schedule is not None
            assert schedule.value.billed_minor == 2 * FEE + 2 * EMAIL
            assert schedule.value.next_billing_on == AUGUST


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
            assert entities.customers().page(scene.organization_id, limit=1, offset=0).total == 2
            assert len(scene.entries(customers["new"])) == 2


def test_two_posted_at_once_take_two_numbers_without_a_gap(scene: Scene, subtests: pytest.Subtests) -> None:
    first, second = drafts(scene, 2)

    for position, operation in at_each_call(scene, posting(scene, first), posting(scene, second)):
        with subtests.test(position=position, operation=operation):
            numbers = sorted((i.number or 0, i.status) for i in scene.invoices())
            assert numbers == [(1, InvoiceStatus.POSTED), (2, InvoiceStatus.POSTED)]


def test_the_same_posted_twice_at_once_takes_one_number(scene: Scene, subtests: pytest.Subtests) -> None:
    (draft,) = drafts(scene, 1)

    for position, operation in at_each_call(scene, posting(scene, draft), posting(scene, draft)):
        with subtests.test(position=position, operation=operation):
            assert [i.number for i in scene.invoices()] == [1]
            assert ledgers.invoices().latest_number(scene.organization_id) == 1


def test_a_draft_posted_by_hand_while_a_run_bills_charges_everything_once(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """The run makes July's invoice, with June's e-mails, while somebody posts June's draft."""
    (draft,) = drafts(scene, 1)
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, [scene.batch(email("1"), email("2"))])

    def run(environment: Environment) -> None:
        deliver_until_done(environment, INVOICE_QUEUE, [scene.bill(JULY)])

    for mine, theirs in ((posting(scene, draft), run), (run, posting(scene, draft))):
        for position, operation in at_each_call(scene, mine, theirs):
            with subtests.test(position=position, operation=operation):
                assert [(i.issue_date, i.number, i.total_minor) for i in scene.invoices()] == [
                    (JUNE, 1, FEE),
                    (JULY, None, FEE + 2 * EMAIL),
                ]
                schedule = terms.schedules().get(scene.organization_id, "ord_1")
                assert schedule is not None
                assert (schedule.value.billed_minor, schedule.value.drafts) == (2 * FEE + 2 * EMAIL, (JULY,))


def test_metadata_given_while_an_invoice_is_posted_stay_and_so_does_the_number(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    (draft,) = drafts(scene, 1)

    def change_metadata(environment: Environment) -> None:
        environment.wiring.invoices().modify(
            scene.organization_id, draft, lambda invoice: invoice.model_copy(update={"metadata": {"seen": True}})
        )

    for position, operation in at_each_call(scene, posting(scene, draft), change_metadata):
        with subtests.test(position=position, operation=operation):
            (invoice,) = scene.invoices()
            assert (invoice.number, invoice.metadata) == (1, {"seen": True})


def test_two_orders_activated_at_once_are_both_in_the_plan(scene: Scene, subtests: pytest.Subtests) -> None:
    orders = {"ord_1", "ord_2"}
    for order_id in orders:
        entities.orders().insert(scene.organization_id, make_order(make_attribute(make_pricing(USAGE)), id=order_id))

    for position, operation in at_each_call(scene, activating(scene, "ord_1"), activating(scene, "ord_2")):
        with subtests.test(position=position, operation=operation):
            plan = terms.order_book().plan(scene.organization_id, CUSTOMER).value
            assert {entry.order_id for entry in plan.entries} == orders
            assert plan.version == 2
            assert {s.order_id for s in terms.schedules().all(scene.organization_id)} == orders


def test_an_order_deleted_while_it_is_activated_is_either_active_or_gone(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    scene.order()

    def delete(environment: Environment) -> None:
        with suppress(BillingError):
            environment.wiring.orders().delete(scene.organization_id, ORDER, check=check_deletable)

    def activate(environment: Environment) -> None:
        with suppress(BillingError):
            activating(scene, ORDER)(environment)

    for first, second in ((activate, delete), (delete, activate)):
        for position, operation in at_each_call(scene, first, second):
            with subtests.test(first=first.__name__, position=position, operation=operation):
                is_there = entities.orders().page(scene.organization_id, limit=1, offset=0).total == 1
                plan = terms.order_book().plan(scene.organization_id, CUSTOMER).value
                assert bool(plan.entries) == bool(terms.schedules().get(scene.organization_id, ORDER)) == is_there


def worker(scene: Scene, keys: str, external_customer_id: str = "acme") -> Act:
    body = scene.batch(*(email(key, external_customer_id=external_customer_id) for key in keys))

    def run(environment: Environment) -> None:
        assert delivered(environment, SIGNAL_QUEUE, [body]) == []

    return run


def drafts(scene: Scene, many: int) -> list[str]:
    """June's drafts, each of an order of its own."""
    for number in range(1, many + 1):
        scene.order(id=f"ord_{number}")
        scene.activate(f"ord_{number}")
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE, f"ord_{n}") for n in range(1, many + 1)])
    return [invoice.id for invoice in scene.invoices()]


def posting(scene: Scene, invoice_id: str) -> Act:
    def run(environment: Environment) -> None:
        environment.wiring.post_invoice()(scene.organization_id, invoice_id, now=NOW)

    return run


def activating(scene: Scene, order_id: str) -> Act:
    return lambda environment: environment.wiring.activate_order()(scene.organization_id, order_id, now=NOW)
