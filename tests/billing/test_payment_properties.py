"""Payments, allocations and voids in any order, against a book that somebody keeps by hand."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.allocating import Wanted, allocations_of, voided_ids
from functions.billing.models.invoice import Invoice, InvoiceStatus, PaymentStatus
from functions.billing.usecases.allocate_payment import AllocatePayment
from tests.builders import NOW, make_customer, make_invoice, make_invoice_line, make_payment
from tests.fakes.collection import fake_customers
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.payment_ledger import FakePaymentLedger, fake_payments

ORG = "org_1"
AMOUNTS = st.integers(1, 12)
LINE_AMOUNTS = st.tuples(st.integers(-4, 10), st.integers(0, 2))
"""Of small numbers, so that what is left is often met exactly; and the tax of each."""


class Payments(RuleBasedStateMachine):
    """The naive book: amounts of payments, totals of lines, and a list of who paid how much of what."""

    payments = Bundle("payments")
    lines = Bundle("lines")

    def __init__(self) -> None:
        super().__init__()
        customers = fake_customers()
        customers.insert(ORG, make_customer())
        self.stored, self.register = fake_payments(customers), FakeInvoiceRegister()
        self.ledger = FakePaymentLedger(self.stored, self.register)
        self.allocate_payment = AllocatePayment(ledger=self.ledger, is_uncertain=lambda _: False, present=lambda _: NOW)
        self.amounts: dict[str, int] = {}
        self.totals: dict[str, dict[str, int]] = {}
        self.voided: set[str] = set()
        self.book: list[tuple[str, str, str, int]] = []
        self.calls = 0

    # ---- what happens

    @rule(target=payments, amount=AMOUNTS)
    def record(self, amount: int) -> str:
        payment_id = f"pay_{len(self.amounts)}"
        self.stored.insert(ORG, make_payment(amount, id=payment_id))
        self.amounts[payment_id] = amount
        return payment_id

    @rule(target=lines, amounts=st.lists(LINE_AMOUNTS, min_size=1, max_size=3))
    def post(self, amounts: list[tuple[int, int]]) -> Any:
        invoice_id = f"inv_{len(self.totals)}"
        made = [make_invoice_line(net, id=str(place), tax_minor=tax) for place, (net, tax) in enumerate(amounts)]
        taxes = [{"rate": "10", "category": "S", "taxable_minor": 0, "tax_minor": sum(tax for _, tax in amounts)}]
        self.register.insert(ORG, [make_invoice(*made, id=invoice_id, taxes=taxes).posted(number=1, now=NOW)])
        self.totals[invoice_id] = {str(place): net + tax for place, (net, tax) in enumerate(amounts)}
        return multiple(*((invoice_id, line_id) for line_id in self.totals[invoice_id]))

    @rule(line=lines)
    def void(self, line: tuple[str, str]) -> None:
        self.register.modify(ORG, line[0], lambda invoice: invoice.voided(now=NOW))
        self.voided.add(line[0])

    @rule(
        payment_id=payments,
        wanted=st.lists(st.tuples(lines, AMOUNTS), min_size=1, max_size=3),
        times=st.integers(1, 2),
    )
    def allocate(self, payment_id: str, wanted: list[tuple[tuple[str, str], int]], times: int) -> None:
        """Refused just when the book says so, and then nothing is written; with its key twice it counts once."""
        book, refused = list(self.book), False
        for (invoice_id, line_id), amount in wanted:
            refused |= invoice_id in self.voided or amount > self.left(book, payment_id, invoice_id, line_id)
            book.append((payment_id, invoice_id, line_id, amount))
        asked = [Wanted(f"{invoice_id}.{line_id}", amount) for (invoice_id, line_id), amount in wanted]
        self.calls += 1
        for _ in range(times):
            if refused:
                with pytest.raises(InvalidInput, match=r"expected (at most \d+: that is|a posted one)"):
                    self.allocate_payment(ORG, payment_id, asked, key=str(self.calls))
                continue
            applied = self.allocate_payment(ORG, payment_id, asked, key=str(self.calls))
            assert [each.allocation.amount_minor for each in applied] == [amount for _, amount in wanted]
        self.book = self.book if refused else book

    def left(self, book: list[tuple[str, str, str, int]], payment_id: str, invoice_id: str, line_id: str) -> int:
        """The least of what the payment, the line and the invoice have left."""
        in_force = [entry for entry in book if entry[1] not in self.voided]
        of_payment = sum(amount for payment, _, _, amount in in_force if payment == payment_id)
        of_line = sum(amount for _, invoice, line, amount in in_force if (invoice, line) == (invoice_id, line_id))
        of_invoice = sum(amount for _, invoice, _, amount in in_force if invoice == invoice_id)
        return min(
            self.amounts[payment_id] - of_payment,
            self.totals[invoice_id][line_id] - of_line,
            sum(self.totals[invoice_id].values()) - of_invoice,
        )

    # ---- what always holds

    @invariant()
    def every_minor_unit_is_in_one_place(self) -> None:
        """What was paid is what is left of the payments and what is paid of the invoices that are owed."""
        paid = sum(invoice.paid_minor for invoice in self.register.of(ORG))
        left = sum(self.left_of(payment_id) for payment_id in self.amounts)

        assert left + paid == sum(self.amounts.values())

    @invariant()
    def the_payments_and_the_invoices_say_what_the_book_says(self) -> None:
        invoices = {invoice.id: invoice for invoice in self.register.of(ORG)}
        for payment_id, amount in self.amounts.items():
            payment = self.stored.get(ORG, payment_id)
            made = sorted(
                (payment_id, each.invoice.id, each.allocation.line_id, each.allocation.amount_minor)
                for each in allocations_of(payment, invoices)
            )
            assert made == sorted(entry for entry in self.book if entry[0] == payment_id)
            assert sum(payment.allocated.values()) == sum(entry[3] for entry in made)
            assert 0 <= self.left_of(payment_id) <= amount

    @invariant()
    def no_invoice_and_no_line_is_paid_beyond_its_total(self) -> None:
        for invoice in self.register.of(ORG):
            if invoice.status is InvoiceStatus.VOIDED:
                assert (invoice.paid_minor, invoice.remaining_minor, invoice.paid_at) == (0, 0, None)
                continue
            is_paid = invoice.remaining_minor == 0
            assert invoice.paid_minor == self.paid_of(invoice) <= max(invoice.total_minor, 0)
            assert is_paid is (invoice.payment_status(invoice.due_date) is PaymentStatus.PAID)
            assert is_paid is (invoice.paid_at is not None)
            balances = [invoice.balance_minor(line) for line in invoice.lines]
            assert sum(balances) == (0 if is_paid else invoice.remaining_minor)
            for line, balance in zip(invoice.lines, balances, strict=True):
                assert balance >= 0 or line.total_minor < 0

    def left_of(self, payment_id: str) -> int:
        payment = self.stored.get(ORG, payment_id)
        return payment.amount_minor - payment.allocated_minor(voided_ids(self.register.of(ORG)))

    def paid_of(self, invoice: Invoice) -> int:
        return sum(amount for _, invoice_id, _, amount in self.book if invoice_id == invoice.id)


TestPayments = Payments.TestCase
TestPayments.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
