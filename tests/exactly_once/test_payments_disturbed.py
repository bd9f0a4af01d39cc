"""Payments over HTTP, disturbed at each AWS call and raced: all or nothing, and nothing is spent or paid twice."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from functions.wiring import ledgers, paying
from infra.resources import INVOICE_QUEUE
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.builders import make_payment
from tests.exactly_once.environment import Environment
from tests.exactly_once.racing import Act, at_each_call
from tests.exactly_once.scene import CUSTOMER, FEE, JUNE, Scene, deliver_until_done
from tests.faults import CRASHES, ERRORS, Crash, Fault, watched
from tests.memory import saved
from tests.world import PREFIX

RECORDED = {
    "customerId": CUSTOMER,
    "amount": FEE,
    "currency": "USD",
    "paymentType": "bankTransfer",
    "paymentDate": "2025-06-01T00:00:00Z",
}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_payment_that_says_its_date_is_recorded_once_whatever_crashes(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    def record(environment: Environment) -> int:
        return post(scene, environment, "/payments/", RECORDED)[0]

    for position, operation, put_back in each_call(scene, record):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                record(scene.environment())
            assert len(payments(scene)) <= 1

            assert record(scene.environment()) == 201
            assert [payment.amount_minor for payment in payments(scene)] == [FEE]


@pytest.mark.parametrize("error", ERRORS)
def test_a_payment_that_says_its_date_is_recorded_once_whatever_fails(
    scene: Scene, error: Fault, subtests: pytest.Subtests
) -> None:
    def record(environment: Environment) -> int:
        return post(scene, environment, "/payments/", RECORDED)[0]

    for position, operation, put_back in each_call(scene, record):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position):
                status = record(environment)
            if status != 201:
                assert status >= 500  # clients try again
                assert record(environment) == 201

            assert [payment.amount_minor for payment in payments(scene)] == [FEE]


@pytest.mark.parametrize("said", [{}, {"idempotencyKey": "once"}])
@pytest.mark.parametrize("error", ERRORS)
def test_a_payment_without_a_date_is_recorded_once_whatever_fails(
    scene: Scene, error: Fault, said: dict[str, str], subtests: pytest.Subtests
) -> None:
    """Without a key the next try is another payment: so only where nothing is recorded it may be told to try again."""
    undated = {name: value for name, value in RECORDED.items() if name != "paymentDate"} | said

    def record(environment: Environment) -> int:
        return post(scene, environment, "/payments/", undated)[0]

    for position, operation, put_back in each_call(scene, record):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position):
                status = record(environment)
            if status != 201:
                assert (status >= 500, payments(scene)) == (True, [])
                assert record(environment) == 201

            assert [payment.amount_minor for payment in payments(scene)] == [FEE]


@pytest.mark.parametrize("crash", CRASHES)
def test_a_payment_with_a_key_is_recorded_once_whatever_crashes(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    keyed = {name: value for name, value in RECORDED.items() if name != "paymentDate"} | {"idempotencyKey": "once"}

    def record(environment: Environment) -> int:
        return post(scene, environment, "/payments/", keyed)[0]

    for position, operation, put_back in each_call(scene, record):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                record(scene.environment())

            assert record(scene.environment()) == 201
            assert [payment.amount_minor for payment in payments(scene)] == [FEE]


@pytest.mark.parametrize("crash", CRASHES)
def test_an_allocation_with_a_key_is_made_whole_and_once_whatever_crashes(
    scene: Scene, crash: Fault, subtests: pytest.Subtests
) -> None:
    first, second = invoices(scene, 2)
    pay(scene, 3 * FEE)
    allocate = allocating(scene, (first, 200_00), (second, 100_00), key="once")

    for position, operation, put_back in each_call(scene, allocate):
        put_back()
        with subtests.test(position=position, operation=operation):
            with watched(scene.world.clients, crash, at=position), pytest.raises(Crash):
                allocate(scene.environment())
            assert paid(scene) in ([0, 0], [200_00, 100_00])

            assert allocate(scene.environment()) == 201
            assert paid(scene) == [200_00, 100_00]
            assert_books_agree(scene)


@pytest.mark.parametrize("key", ["once", None])
@pytest.mark.parametrize("error", ERRORS)
def test_an_allocation_is_made_whole_and_once_whatever_fails(
    scene: Scene, error: Fault, key: str | None, subtests: pytest.Subtests
) -> None:
    """Without a key the next try is another allocation: so only where none is made it may be told to try again."""
    first, second = invoices(scene, 2)
    pay(scene, 3 * FEE)
    allocate = allocating(scene, (first, 200_00), (second, 100_00), key=key)

    for position, operation, put_back in each_call(scene, allocate):
        put_back()
        with subtests.test(position=position, operation=operation):
            environment = scene.environment()
            with watched(scene.world.clients, error, at=position):
                status = allocate(environment)
            if status != 201:
                assert status >= 500
                assert allocate(environment) == 201

            assert paid(scene) == [200_00, 100_00]
            assert_books_agree(scene)


def test_two_that_pay_one_line_at_once_do_not_pay_more_than_it_asks_for(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """300.00 and 300.00 of 500.00: one of them is refused, whoever comes first."""
    (invoice,) = invoices(scene, 1)
    pay(scene, FEE, "pay_1")
    pay(scene, FEE, "pay_2")
    mine, theirs = (allocating(scene, (invoice, 300_00), payment_id=payment) for payment in ("pay_1", "pay_2"))

    for position, operation in at_each_call(scene, mine, theirs):
        with subtests.test(position=position, operation=operation):
            assert paid(scene) == [300_00]
            assert sorted(payment.allocated_minor(()) for payment in payments(scene)) == [0, 300_00]
            assert_books_agree(scene)


def test_two_that_spend_one_payment_at_once_do_not_spend_more_than_it_is(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """300.00 and 300.00 of 500.00, for two invoices."""
    first, second = invoices(scene, 2)
    pay(scene, FEE)

    for position, operation in at_each_call(
        scene, allocating(scene, (first, 300_00)), allocating(scene, (second, 300_00))
    ):
        with subtests.test(position=position, operation=operation):
            assert sorted(paid(scene)) == [0, 300_00]
            assert_books_agree(scene)


def test_two_that_do_not_hinder_each_other_are_both_made(scene: Scene, subtests: pytest.Subtests) -> None:
    (invoice,) = invoices(scene, 1)
    pay(scene, FEE)
    allocate = allocating(scene, (invoice, 250_00))

    for position, operation in at_each_call(scene, allocate, allocate):
        with subtests.test(position=position, operation=operation):
            assert paid(scene) == [FEE]
            assert_books_agree(scene)


def test_an_invoice_that_is_voided_while_it_is_paid_keeps_nothing_of_the_payment(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    (invoice,) = invoices(scene, 1)
    pay(scene, FEE)
    allocate, void = allocating(scene, (invoice, FEE)), voiding(scene, invoice)

    for first, second in ((allocate, void), (void, allocate)):
        for position, operation in at_each_call(scene, first, second):
            with subtests.test(position=position, operation=operation):
                assert paid(scene) == [0]
                answer = get(scene, "/payments/pay_1")
                assert (answer["allocatedAmount"], answer["balance"]) == (0, FEE)
                assert_books_agree(scene)


def test_metadata_given_while_an_invoice_is_paid_stay_and_so_does_what_is_paid(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    (invoice,) = invoices(scene, 1)
    pay(scene, FEE)

    def change_metadata(environment: Environment) -> None:
        environment.wiring.invoices().modify(
            scene.organization_id, invoice.id, lambda each: each.model_copy(update={"metadata": {"seen": True}})
        )

    for position, operation in at_each_call(scene, allocating(scene, (invoice, FEE)), change_metadata):
        with subtests.test(position=position, operation=operation):
            assert paid(scene) == [FEE]
            assert [each.metadata for each in scene.invoices()] == [{"seen": True}]


def each_call(scene: Scene, act: Callable[[Environment], int]) -> list[tuple[int, str, Callable[[], None]]]:
    """The calls of an undisturbed act, each with what puts everything back to before it."""
    put_back = saved()
    with watched(scene.world.clients) as watch:
        assert act(scene.environment()) == 201
    return [(position, operation, put_back) for position, operation in enumerate(watch.calls)]


def invoices(scene: Scene, many: int) -> list[Invoice]:
    """Posted ones of June over the fee, each of an order of its own."""
    for number in range(1, many + 1):
        scene.order(id=f"ord_{number}", auto_post_invoices=True)
        scene.activate(f"ord_{number}")
    deliver_until_done(scene.environment(), INVOICE_QUEUE, [scene.bill(JUNE, f"ord_{n}") for n in range(1, many + 1)])
    return sorted(scene.invoices(), key=lambda invoice: invoice.order_id)


def pay(scene: Scene, amount: int, payment_id: str = "pay_1") -> None:
    paying.payments().insert(scene.organization_id, make_payment(amount, id=payment_id))


def payments(scene: Scene) -> list[Payment]:
    return list(paying.payments().page(scene.organization_id, limit=10, offset=0).items)


def paid(scene: Scene) -> list[int]:
    """What is paid of each invoice."""
    return [invoice.paid_minor for invoice in sorted(scene.invoices(), key=lambda invoice: invoice.order_id)]


def assert_books_agree(scene: Scene) -> None:
    """What each payment says that it pays is what the invoices say that it paid."""
    for payment in payments(scene):
        of_invoices = {
            invoice.id: sum(each.amount_minor for each in invoice.allocations if each.payment_id == payment.id)
            for invoice in ledgers.invoices().get_many(scene.organization_id, payment.allocated).values()
        }
        assert payment.allocated == of_invoices


def allocating(
    scene: Scene, *parts: tuple[Invoice, int], payment_id: str = "pay_1", key: str | None = None
) -> Callable[[Environment], int]:
    allocations = [{"invoiceLineId": i.line_name(i.lines[0]), "amount": amount} for i, amount in parts]
    body = {"paymentId": payment_id, "allocations": allocations, "idempotencyKey": key}

    def act(environment: Environment) -> int:
        status, answer = post(scene, environment, "/payment-allocations/", body)
        assert status != 400 or answer["code"] == "EXCEEDS_BALANCE" or "voided" in answer["error"], answer
        return status

    return act


def voiding(scene: Scene, invoice: Invoice) -> Act:
    def act(environment: Environment) -> None:
        assert post(scene, environment, f"/invoices/{invoice.id}/void", {})[0] == 200

    return act


def post(scene: Scene, environment: Environment, path: str, body: object) -> tuple[int, Any]:
    return _ask(scene, environment, "POST", path, json.dumps(body).encode())


def get(scene: Scene, path: str) -> Any:
    return _ask(scene, scene.environment(), "GET", path, b"")[1]


def _ask(scene: Scene, environment: Environment, method: str, path: str, body: bytes) -> tuple[int, Any]:
    """The status that API Gateway would pass on, and the answer."""
    headers = [("Authorization", f"Bearer {scene.tenant.secret}")]
    request = Request(method, PREFIX + path, headers=headers, body=body)
    found = match(request.method, request.path)
    answer = environment.invoke(found.function, http_event(request, found))
    return int(answer["statusCode"]), json.loads(answer["body"])
