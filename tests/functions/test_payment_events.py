"""What webhooks are told of payments, and of the invoices that they pay: stream → queue → receiver."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.functions.hooks import PAID, Listener
from tests.functions.sales import at, fee, seller
from tests.receiver import receiving
from tests.world import World, invoke

SUCCEEDED, FAILED = "billing-payment-succeeded", "billing-payment-failed"


@pytest.fixture
def hooks(empty_world: World) -> Iterator[Listener]:
    with receiving() as receiver:
        yield Listener(seller(empty_world), receiver)


def record(hooks: Listener, amount: int, **fields: object) -> Any:
    body = {"customerId": hooks.acme.customer_id, "amount": amount, "currency": "USD", "paymentType": "ach", **fields}
    payment = hooks.acme.tenant.create("/payments/", **body)
    hooks.acme.world.work()
    return payment


def allocate(hooks: Listener, payment: Any, line: Any, amount: int) -> None:
    part = {"invoiceLineId": line["id"], "amount": amount}
    hooks.acme.tenant.create("/payment-allocations/", paymentId=payment["id"], allocations=[part])
    hooks.acme.world.work()


def test_a_payment_that_is_recorded_has_succeeded(hooks: Listener) -> None:
    hooks.listen(SUCCEEDED, FAILED)

    payment = record(hooks, 500_00, paymentDate="2025-05-30T00:00:00Z", metadata={"note": "not theirs"})

    (told,) = hooks.receiver.received
    assert told.is_signed_with(hooks.secret)
    assert told.body == {
        "event": SUCCEEDED,
        "timestamp": "2025-06-01T00:00:00.000Z",
        "isTest": False,
        "data": {
            "payment": {
                "id": payment["id"],
                "invoiceId": None,
                "invoiceNumber": None,
                "externalPaymentId": None,
                "customerId": hooks.acme.customer_id,
                "status": "posted",
                "number": 1,
                "amount": 500_00,
                "currency": "USD",
                "paymentType": "ach",
                "paymentDate": "2025-05-30T00:00:00.000Z",
            }
        },
    }


def test_a_draft_and_a_repeat_tell_nothing(hooks: Listener) -> None:
    record(hooks, 1, paymentDate="2025-05-30T00:00:00Z")
    hooks.listen(SUCCEEDED, FAILED)

    record(hooks, 1, paymentDate="2025-05-30T00:00:00Z")
    record(hooks, 1, status="draft")

    assert hooks.receiver.received == []


def test_an_invoice_is_paid_when_the_rest_of_it_is_and_only_once(hooks: Listener) -> None:
    """200.00 and 300.00 of 500.00; what comes of the payments, and a void, tells nothing more."""
    hooks.acme.sell(fee(at(500_00)), autoPostInvoices=True)
    (invoice,) = hooks.acme.invoices()
    (line,) = hooks.acme.lines(invoice)
    payment = record(hooks, 600_00)
    hooks.listen(PAID, SUCCEEDED)

    allocate(hooks, payment, line, 200_00)
    assert hooks.receiver.received == []
    allocate(hooks, payment, line, 300_00)
    shown = hooks.acme.tenant.get(f"/invoices/{invoice['id']}")
    hooks.acme.tenant.call("PUT", f"/invoices/{invoice['id']}", {"metadata": {"seen": True}})
    hooks.acme.tenant.call("POST", f"/invoices/{invoice['id']}/void")
    hooks.acme.world.work()

    (told,) = hooks.receiver.received
    assert (told.body["event"], told.body["data"]["invoice"]) == (PAID, shown)
    assert (shown["paymentStatus"], shown["amountPaid"]) == ("paid", 500_00)


def test_what_was_missed_is_told_by_the_payments_themselves_under_the_same_id(hooks: Listener) -> None:
    hooks.listen(SUCCEEDED)
    payment = record(hooks, 500_00)
    record(hooks, 1, status="draft")
    (told,) = hooks.receiver.received
    again = {"operation": "announce_invoices", "organization": hooks.acme.tenant.organization_id}

    answer = invoke("admin", {**again, "since": str(date(2025, 6, 1))})
    later = invoke("admin", {**again, "since": str(date(2025, 6, 2))})
    hooks.acme.world.work()

    assert (answer["read"], answer["events"], answer["next"]) == (2, {SUCCEEDED: 1}, None)
    assert (later["read"], later["events"]) == (0, {})
    assert [(each.id, each.body["data"]["payment"]["id"]) for each in hooks.receiver.received] == [
        (told.id, payment["id"])
    ] * 2
