"""What may be allocated, at the edges. What a void frees and what is refused over HTTP is in tests/functions."""

from typing import Any

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.allocating import MAX_ALLOCATIONS, Settled, Wanted, allocate
from functions.billing.invoicing.payment import fully_paid_at
from functions.billing.models.invoice import Allocation, Invoice, PaymentStatus
from functions.billing.models.payment import MAX_PAID_INVOICES, Payment
from tests.builders import NOW, make_invoice, make_invoice_line, make_payment

LATER = NOW.replace(hour=13)


def posted(*amounts: int, **fields: Any) -> Invoice:
    lines = (make_invoice_line(amount, id=str(place)) for place, amount in enumerate(amounts))
    return make_invoice(*lines, **fields).posted(number=1, now=NOW)


def settle(payment: Payment, invoice: Invoice, *wanted: tuple[int, int], key: str = "a") -> tuple[Payment, Invoice]:
    """The two after so much was paid of each line, by its place."""
    asked = [Wanted(f"{invoice.id}.{place}", amount) for place, amount in wanted]
    after = allocate(Settled(payment, {invoice.id: invoice}), asked, key=key, now=LATER)
    return after.payment, after.invoices[invoice.id]


def test_a_line_is_paid_with_its_tax() -> None:
    """100 and 20 of tax: 120 are asked for."""
    line = make_invoice_line(100, id="0", tax_minor=20)
    taxes = [{"rate": "20", "category": "S", "taxable_minor": 100, "tax_minor": 20}]
    invoice = make_invoice(line, taxes=taxes).posted(number=1, now=NOW)

    with pytest.raises(InvalidInput, match=r"amount is 121, expected at most 120"):
        settle(make_payment(), invoice, (0, 121))
    _, paid = settle(make_payment(), invoice, (0, 120))

    assert (paid.remaining_minor, paid.paid_at) == (0, LATER)


def test_an_invoice_with_a_credit_is_paid_to_its_total_and_then_all_of_it_is_paid() -> None:
    """100 - 20 = 80, although the first line alone has 100."""
    invoice = posted(100, -20)

    with pytest.raises(InvalidInput, match=r"amount is 81, expected at most 80: that is what invoice inv_1 has left"):
        settle(make_payment(), invoice, (0, 81))
    _, most = settle(make_payment(), invoice, (0, 79))
    _, all_of_it = settle(make_payment(), invoice, (0, 80))

    assert [most.balance_minor(line) for line in most.lines] == [100 - 79, -20]
    assert most.payment_status(most.due_date) is PaymentStatus.PARTIALLY_PAID
    assert [all_of_it.balance_minor(line) for line in all_of_it.lines] == [0, 0]
    assert all_of_it.payment_status(most.due_date) is PaymentStatus.PAID


def test_a_credit_and_a_line_of_nothing_take_nothing() -> None:
    for place in (1, 2):
        with pytest.raises(InvalidInput, match=r"amount is 1, expected at most 0"):
            settle(make_payment(), posted(100, -20, 0), (place, 1))


def test_a_line_is_paid_for_itself_before_its_invoice_is() -> None:
    invoice = posted(100, 50)

    _, paid = settle(make_payment(), invoice, (0, 100), (1, 20))

    statuses = [paid.line_payment_status(line, paid.due_date) for line in paid.lines]
    assert statuses == [PaymentStatus.PAID, PaymentStatus.PARTIALLY_PAID]
    assert (paid.paid_at, paid.remaining_minor) == (None, 150 - 120)


def test_an_invoice_is_paid_since_its_last_allocation() -> None:
    invoice = posted(100)
    payment, before = settle(make_payment(), invoice, (0, 40))

    _, paid = settle(payment, before, (0, 60), key="b")

    assert (before.paid_at, fully_paid_at(before)) == (None, None)
    assert paid.paid_at == fully_paid_at(paid) == LATER
    assert posted(0).paid_at == fully_paid_at(posted(0)) == NOW


def test_an_invoice_that_was_paid_and_voided_later_was_paid_then_and_is_not_any_more() -> None:
    """What came with the payment is not taken back: see `find_given`."""
    part = settle(make_payment(), posted(100), (0, 99))[1].voided(now=LATER)
    whole = settle(make_payment(), posted(100), (0, 100))[1].voided(now=LATER)

    assert (fully_paid_at(part), fully_paid_at(whole)) == (None, LATER)
    assert (part.paid_at, whole.paid_at) == (None, None)


@pytest.mark.parametrize(("more", "taken"), [(-1, True), (0, False)])
def test_an_invoice_holds_two_thousand_allocations_at_most(more: int, taken: bool) -> None:  # noqa: FBT001 - a table
    made = (
        Allocation(id=str(number), payment_id="pay_0", line_id="0", amount_minor=1, allocated_at=NOW)
        for number in range(MAX_ALLOCATIONS + more)
    )
    invoice = posted(10_000).model_copy(update={"allocations": tuple(made)})

    if taken:
        settle(make_payment(), invoice, (0, 1))
        return
    with pytest.raises(InvalidInput, match=r"has 2000 allocations, expected fewer than 2000"):
        settle(make_payment(), invoice, (0, 1))


@pytest.mark.parametrize(("more", "taken"), [(-1, True), (0, False)])
def test_a_payment_pays_a_thousand_invoices_at_most(more: int, taken: bool) -> None:  # noqa: FBT001 - a table
    allocated = {f"inv_other_{number}": 1 for number in range(MAX_PAID_INVOICES + more)}
    payment = make_payment(10_000, allocated=allocated)

    if taken:
        settle(payment, posted(100), (0, 1))
        return
    with pytest.raises(InvalidInput, match=r"another invoice than the 1000 that payment pay_1 is allocated to"):
        settle(payment, posted(100), (0, 1))
    settle(payment.with_allocated("inv_1", 1, now=NOW), posted(100), (0, 1))  # one more of an invoice it pays already


def test_of_the_thousand_invoices_those_that_are_voided_do_not_count() -> None:
    allocated = {f"inv_other_{number}": 1 for number in range(MAX_PAID_INVOICES)}
    voided = posted(100, id="inv_other_0").voided(now=NOW)
    before = Settled(make_payment(10_000, allocated=allocated), {"inv_1": posted(100), voided.id: voided})

    after = allocate(before, [Wanted("inv_1.0", 1)], key="a", now=LATER)

    assert len(after.payment.allocated) == MAX_PAID_INVOICES + 1


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_a_repeat_in_another_currency_is_refused_like_the_first(currency: str) -> None:
    payment, paid = settle(make_payment(100), posted(100), (0, 10))
    wanted = [Wanted("inv_1.0", 10, currency)]

    if currency == "USD":
        assert allocate(Settled(payment, {paid.id: paid}), wanted, key="a", now=LATER).payment == payment
        return
    with pytest.raises(InvalidInput, match=r"allocations\[0\].currency is 'EUR', expected 'USD'"):
        allocate(Settled(payment, {paid.id: paid}), wanted, key="a", now=LATER)


def test_an_allocation_is_never_dated_before_the_one_that_it_follows() -> None:
    """The second call began first, and had to read again."""
    payment, first = settle(make_payment(), posted(100), (0, 40))

    after = allocate(Settled(payment, {first.id: first}), [Wanted("inv_1.0", 60)], key="b", now=NOW)

    assert [each.allocated_at for each in after.invoices["inv_1"].allocations] == [LATER, LATER]
    assert after.invoices["inv_1"].paid_at == after.invoices["inv_1"].updated_at == LATER


def test_what_came_with_a_key_before_is_answered_also_when_nothing_is_left() -> None:
    payment, paid = settle(make_payment(100), posted(100), (0, 100))

    again = allocate(Settled(payment, {paid.id: paid}), [Wanted(f"{paid.id}.0", 100)], key="a", now=LATER)

    assert (again.payment, again.invoices[paid.id]) == (payment, paid)
    assert [each.allocation for each in again.applied] == list(paid.allocations)
