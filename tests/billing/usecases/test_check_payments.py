"""What is allocated stands in payments and invoices, and an audit holds one against the other."""

from datetime import date
from typing import Any

import pytest

from functions.billing.invoicing.allocating import Wanted
from functions.billing.models.invoice import Allocation, Invoice
from functions.billing.ports import Stored
from functions.billing.usecases.allocate_payment import AllocatePayment
from tests.builders import NOW, make_attribute, make_order, make_payment
from tests.fakes.audit import audited
from tests.fakes.payment_ledger import FakePaymentLedger
from tests.fakes.shop import ORG, Shop


@pytest.fixture
def shop() -> Shop:
    """Invoices of June and July, of which `pay_1` and `pay_2` pay 10 and 20 each."""
    shop = Shop()
    shop.sell(make_order(make_attribute(), auto_post_invoices=True))
    june, july = shop.bill_until(date(2025, 7, 1))
    for payment_id, amount in (("pay_1", 10), ("pay_2", 20)):
        shop.payments.insert(ORG, make_payment(100, id=payment_id))
        ledger = FakePaymentLedger(shop.payments, shop.register)
        allocate = AllocatePayment(ledger=ledger, is_uncertain=lambda _: False, present=lambda _: NOW)
        wanted = [Wanted(invoice.line_name(invoice.lines[0]), amount) for invoice in (june, july)]
        allocate(ORG, payment_id, wanted, key="a")
    assert audited(shop)[0].findings == ()
    return shop


def sentences(shop: Shop) -> list[str]:
    return [finding.sentence for finding in audited(shop)[0].findings]


def june(shop: Shop) -> Invoice:
    return min(shop.register.of(ORG), key=lambda invoice: invoice.issue_date)


def change_payment(shop: Shop, **fields: Any) -> None:
    stored = shop.payments.stored[ORG, "pay_1"]
    shop.payments.stored[ORG, "pay_1"] = Stored(stored.value.model_copy(update=fields), stored.revision)


def test_a_voided_invoice_differs_from_nothing(shop: Shop) -> None:
    shop.register.modify(ORG, june(shop).id, lambda invoice: invoice.voided(now=NOW))

    assert not [each for each in sentences(shop) if "allocat" in each]


def test_entries_that_an_invoice_lost_are_missed_by_the_payment(shop: Shop) -> None:
    invoice = june(shop)
    shop.register.modify(ORG, invoice.id, lambda each: each.model_copy(update={"allocations": each.allocations[1:]}))

    assert sentences(shop) == [f"payment pay_1, allocated {invoice.id}: 10 is stored, 0 is replayed"]


def test_a_payment_that_forgot_an_invoice_is_missed_by_the_invoice(shop: Shop) -> None:
    invoice, allocated = june(shop), shop.payments.get(ORG, "pay_1").allocated
    change_payment(shop, allocated={each: amount for each, amount in allocated.items() if each != invoice.id})

    assert sentences(shop) == [f"invoice {invoice.id}, allocations of pay_1: 10 is stored, nothing is replayed"]


@pytest.mark.parametrize(("amount", "found"), [(20, []), (19, ["payment pay_1, allocated, at most: 20 is stored, 19"])])
def test_no_more_is_allocated_than_was_paid(shop: Shop, amount: int, found: list[str]) -> None:
    """10 of two invoices each."""
    change_payment(shop, amount_minor=amount)

    assert [each.removesuffix(" is replayed") for each in sentences(shop)] == found


@pytest.mark.parametrize(("beyond", "differs"), [(0, False), (1, True)])
def test_no_more_is_paid_of_an_invoice_than_its_total(shop: Shop, beyond: int, differs: bool) -> None:  # noqa: FBT001
    invoice = june(shop)
    more = invoice.remaining_minor + beyond
    added = Allocation(id="pal_x", payment_id="pay_1", line_id=invoice.lines[0].id, amount_minor=more, allocated_at=NOW)
    shop.register.modify(ORG, invoice.id, lambda each: each.with_allocation(added))
    allocated = shop.payments.get(ORG, "pay_1").allocated
    change_payment(shop, amount_minor=10**9, allocated={**allocated, invoice.id: 10 + more})

    total = invoice.total_minor
    expected = f"invoice {invoice.id}, allocations, at most: {total + 1} is stored, {total} is replayed"
    assert sentences(shop) == ([expected] if differs else [])
