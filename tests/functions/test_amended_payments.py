"""Payments of invoices that give something back: never more than the invoice asks for, and a void frees them."""

from typing import Any

import pytest

from tests.functions.amending import amend, component, quantity, replayed, sold
from tests.functions.sales import Seller, at, fee, seller
from tests.world import Answer, World


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world, clock="2025-03-01")


@pytest.fixture
def order(acme: Seller) -> Any:
    """5 x 10.00 a month; from 15 March on it is amended."""
    made = sold(acme, fee(at(10_00)), quantity=5, paymentTerms="Net 30")
    acme.clock("2025-03-15")
    return made


def paid(acme: Seller, amount: int) -> Any:
    body = {"customerId": acme.customer_id, "amount": amount, "currency": "USD", "paymentType": "bankTransfer"}
    return acme.tenant.create("/payments/", **body)


def allocate(acme: Seller, payment: Any, line: Any, amount: int) -> Answer:
    named = [{"invoiceLineId": line["id"], "amount": amount}]
    answer = acme.tenant.call("POST", "/payment-allocations/", {"paymentId": payment["id"], "allocations": named})
    acme.world.work()
    return answer


def money(acme: Seller, invoice: Any) -> tuple[str, int, int]:
    """The status of its payment, what is paid, and what remains."""
    shown = acme.tenant.get(f"/invoices/{invoice['id']}")
    return shown["paymentStatus"], shown["amountPaid"], shown["amountRemaining"]


def balance(acme: Seller, payment: Any) -> int:
    return int(acme.tenant.get(f"/payments/{payment['id']}")["balance"])


def test_a_line_is_paid_no_further_than_its_invoice_asks_for_which_gives_something_back(
    acme: Seller, order: Any
) -> None:
    """54.84 less 27.42: of the line 27.42 can be paid, and of what is given back nothing."""
    amend(acme, order, quantity(component(acme, order), 10))
    _, settlement = acme.invoices()
    credit, charge = acme.lines(settlement)
    payment = paid(acme, 100_00)

    too_much, of_credit = allocate(acme, payment, charge, 27_43), allocate(acme, payment, credit, 1)
    all_of_it = allocate(acme, payment, charge, 27_42)

    assert (too_much.status, too_much.body["code"]) == (400, "EXCEEDS_BALANCE")
    assert f"expected at most 2742: that is what invoice {settlement['id']} has left" in too_much.sentence
    assert (of_credit.status, of_credit.body["code"]) == (400, "EXCEEDS_BALANCE")
    assert all_of_it.status == 201
    assert money(acme, settlement) == ("paid", 27_42, 0)
    assert balance(acme, payment) == 100_00 - 27_42


def test_the_void_of_a_settlement_frees_what_was_paid_and_the_invoice_in_its_place_asks_for_as_much(
    acme: Seller, order: Any
) -> None:
    amend(acme, order, quantity(component(acme, order), 10))
    first, settlement = acme.invoices()
    payment = paid(acme, 100_00)
    assert allocate(acme, payment, acme.lines(settlement)[1], 27_42).status == 201

    kept = acme.tenant.call("POST", f"/invoices/{first['id']}/void")
    voided = acme.tenant.call("POST", f"/invoices/{settlement['id']}/void")
    again = acme.tenant.call("POST", f"/invoices/{settlement['id']}/rebill")
    posted = acme.tenant.call("POST", f"/invoices/{again.body['id']}/post")
    acme.world.work()

    assert kept.status == 400
    assert "cannot be voided: an amendment gave back what" in kept.sentence
    assert [each.status for each in (voided, again, posted)] == [200, 200, 200]
    assert balance(acme, payment) == 100_00
    assert [line["totalPriceBeforeTax"] for line in acme.lines(again.body)] == [-27_42, 54_84]
    assert allocate(acme, payment, acme.lines(again.body)[1], 27_42).status == 201
    assert money(acme, again.body)[1:] == (27_42, 0)
    assert balance(acme, payment) == 100_00 - 27_42
    assert replayed(acme)[1] == []


def test_an_invoice_below_zero_asks_for_nothing_and_takes_no_payment(acme: Seller, order: Any) -> None:
    """From 5 to 1: 10.00 x 17/31 less 50.00 x 17/31, 5.48 - 27.42."""
    amend(acme, order, quantity(component(acme, order), 1))
    _, settlement = acme.invoices()
    _, charge = acme.lines(settlement)
    payment = paid(acme, 100_00)

    answer = allocate(acme, payment, charge, 1)

    assert settlement["invoiceTotal"] == 5_48 - 27_42
    assert (answer.status, answer.body["code"]) == (400, "EXCEEDS_BALANCE")
    assert f"expected at most 0: that is what invoice {settlement['id']} has left" in answer.sentence
    assert balance(acme, payment) == 100_00


def test_an_invoice_that_was_paid_stays_so_when_an_amendment_gives_a_part_of_it_back(acme: Seller, order: Any) -> None:
    (first,) = acme.invoices()
    payment = paid(acme, 50_00)
    assert allocate(acme, payment, acme.lines(first)[0], 50_00).status == 201

    amend(acme, order, quantity(component(acme, order), 1))

    assert money(acme, first) == ("paid", 50_00, 0)
    assert balance(acme, payment) == 0
    assert replayed(acme)[1] == []
