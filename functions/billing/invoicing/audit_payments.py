"""What was allocated stands twice, in the payment and in the invoices that it pays: both must say the same."""

from collections import Counter
from collections.abc import Iterator, Mapping

from functions.billing.invoicing.allocating import voided_ids
from functions.billing.models.audit import Book, Difference
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment


def payment_differences(payment: Payment, invoices: Mapping[str, Invoice]) -> Iterator[Difference]:
    """Of each invoice that the payment says it is allocated to, also of voided ones, what that says itself."""
    for invoice_id, amount_minor in sorted(payment.allocated.items()):
        invoice = invoices.get(invoice_id)
        entered = None if invoice is None else _entered(invoice)[payment.id]
        if entered != amount_minor:
            yield _difference(Book.PAYMENT, payment.id, f"allocated {invoice_id}", amount_minor, entered)
    in_force = payment.allocated_minor(voided_ids(invoices.values()))
    if in_force > payment.amount_minor:
        yield _difference(Book.PAYMENT, payment.id, "allocated, at most", in_force, payment.amount_minor)


def invoice_differences(invoice: Invoice, payments: Mapping[str, Payment]) -> Iterator[Difference]:
    """Entries of a payment that does not know of them; and what is paid beyond the invoice's total."""
    for payment_id, amount_minor in sorted(_entered(invoice).items()):
        payment = payments.get(payment_id)
        if payment is None or invoice.id not in payment.allocated:
            yield _difference(Book.INVOICE, invoice.id, f"allocations of {payment_id}", amount_minor, None)
    entered, total_minor = sum(_entered(invoice).values()), max(invoice.total_minor, 0)
    if entered > total_minor:
        yield _difference(Book.INVOICE, invoice.id, "allocations, at most", entered, total_minor)


def _entered(invoice: Invoice) -> Counter[str]:
    """The sum of each payment's entries."""
    entered = Counter[str]()
    for allocation in invoice.allocations:
        entered[allocation.payment_id] += allocation.amount_minor
    return entered


def _difference(book: Book, entity_id: str, field: str, stored: int, replayed: int | None) -> Difference:
    return Difference(book, entity_id, field, str(stored), None if replayed is None else str(replayed))
