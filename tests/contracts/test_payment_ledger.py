"""`PaymentLedger`: a payment and the invoices that it pays change together or not at all."""

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.invoice import Allocation, Invoice
from functions.billing.models.payment import Payment
from functions.billing.ports import OutdatedError, Stored
from tests.builders import NOW, make_customer, make_invoice, make_invoice_line, make_payment
from tests.contracts.back_ends import BackEnd

PAYMENT = make_payment()
INVOICES = [make_invoice(make_invoice_line(100), id=f"inv_{n}").posted(number=n, now=NOW) for n in (1, 2)]


def begin(back_end: BackEnd, organization_id: str) -> None:
    back_end.customers.insert(organization_id, make_customer())
    back_end.payments.insert(organization_id, PAYMENT)
    back_end.register.insert(organization_id, INVOICES)


def paid() -> tuple[Payment, list[Invoice]]:
    """The payment and both invoices, each paid a bit."""
    payment, invoices = PAYMENT, list[Invoice]()
    for invoice in INVOICES:
        allocation = Allocation(
            id=f"pal_{invoice.id}", payment_id=payment.id, line_id="line_1", amount_minor=5, allocated_at=NOW
        )
        invoices.append(invoice.with_allocation(allocation))
        payment = payment.with_allocated(invoice.id, 5, now=NOW)
    return payment, invoices


def test_a_commit_writes_the_payment_and_all_of_its_invoices(back_end: BackEnd, organization_id: str) -> None:
    begin(back_end, organization_id)
    payment, invoices = paid()

    back_end.ledger.commit(organization_id, Stored(payment, 1), [Stored(each, 1) for each in invoices])

    assert back_end.ledger.load(organization_id, payment.id) == Stored(payment, 2)
    assert back_end.payments.get(organization_id, payment.id) == payment
    assert back_end.ledger.load_invoices(organization_id, ["inv_1", "inv_2", "inv_3"]) == {
        each.id: Stored(each, 2) for each in invoices
    }
    assert back_end.register.load(organization_id, "inv_2") == Stored(invoices[1], 2)


@pytest.mark.parametrize("outdated", [0, 1, 2])
@pytest.mark.parametrize("off_by", [-1, 1])
def test_a_commit_with_one_outdated_writes_nothing(
    back_end: BackEnd, organization_id: str, outdated: int, off_by: int
) -> None:
    begin(back_end, organization_id)
    payment, invoices = paid()
    back_end.ledger.commit(organization_id, Stored(payment, 1), [Stored(each, 1) for each in invoices])
    revisions = [2 + off_by if place == outdated else 2 for place in range(3)]

    with pytest.raises(OutdatedError):
        back_end.ledger.commit(
            organization_id,
            Stored(PAYMENT, revisions[0]),
            [Stored(each, revision) for each, revision in zip(INVOICES, revisions[1:], strict=True)],
        )

    assert back_end.ledger.load(organization_id, payment.id) == Stored(payment, 2)
    found = back_end.ledger.load_invoices(organization_id, ["inv_1", "inv_2"])
    assert found == {each.id: Stored(each, 2) for each in invoices}


def test_a_payment_that_paid_something_is_its_customers_still(back_end: BackEnd, organization_id: str) -> None:
    begin(back_end, organization_id)
    payment, invoices = paid()

    back_end.ledger.commit(organization_id, Stored(payment, 1), [Stored(invoices[0], 1)])

    page = back_end.payments.page(organization_id, limit=10, offset=0, owner=payment.customer_id)
    assert page.items == [payment]
    assert back_end.customers.is_in_use(organization_id, payment.customer_id)


def test_of_any_number_of_invoices_the_voided_ones_are_known(back_end: BackEnd, organization_id: str) -> None:
    """Two hundred and one are asked for, a hundred at a time; most of them are not there."""
    begin(back_end, organization_id)
    back_end.register.modify(organization_id, "inv_2", lambda invoice: invoice.voided(now=NOW))

    voided = back_end.ledger.voided(organization_id, [f"inv_{number}" for number in range(201)])

    assert voided == {"inv_2"}


def test_a_payment_of_another_organization_is_not_found(back_end: BackEnd, organization_id: str) -> None:
    begin(back_end, organization_id)

    with pytest.raises(NotFound):
        back_end.ledger.load("org_other", PAYMENT.id)
    assert back_end.ledger.load_invoices("org_other", ["inv_1"]) == {}


def test_a_payment_of_nobody_is_not_recorded(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(InvalidInput):
        back_end.payments.insert(organization_id, PAYMENT)

    with pytest.raises(NotFound):
        back_end.payments.get(organization_id, PAYMENT.id)
