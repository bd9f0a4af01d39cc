"""No money is in two places: payments and the invoices that they pay say the same of what is allocated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.billing.invoicing.audit_payments import invoice_differences, payment_differences
from functions.billing.models.audit import Allowance, Audited, Cursor, Difference, Replayed
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from functions.billing.ports import Collection, InvoiceRegister

_MAX_TRIES = 3


class Payments(Protocol):
    def payments(self, organization_id: str, *, after: str) -> Iterator[Sequence[Payment]]:
        """Those whose ids follow, some at a time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPayments:
    """The last stage of an audit, and of each invoice what `of_invoices` asks in the stage before.

    Where something differs, it is read again until nobody has allocated meanwhile: one transaction writes both sides.
    """

    inventory: Payments
    register: InvoiceRegister
    payments: Collection[Payment]

    def __call__(self, organization_id: str, cursor: Cursor, allowance: Allowance) -> Audited:
        done = Replayed()
        for payments in self.inventory.payments(organization_id, after=cursor.after):
            for payment in payments:
                done += Replayed(findings=self._of_payment(organization_id, payment))
            cursor = cursor.model_copy(update={"after": payments[-1].id})
            if done.is_full or not allowance.may_begin():
                return Audited(done, cursor)
        return Audited(done, None)

    def of_invoices(self, organization_id: str, invoices: Sequence[Invoice]) -> tuple[Difference, ...]:
        return tuple(each for invoice in invoices for each in self._of_invoice(organization_id, invoice))

    def _of_payment(self, organization_id: str, payment: Payment) -> tuple[Difference, ...]:
        found = tuple[Difference, ...]()
        for _ in range(_MAX_TRIES):
            found = tuple(payment_differences(payment, self.register.get_many(organization_id, payment.allocated)))
            now = self.payments.get(organization_id, payment.id) if found else payment
            if now == payment:
                return found
            payment = now
        return found

    def _of_invoice(self, organization_id: str, invoice: Invoice) -> tuple[Difference, ...]:
        found = tuple[Difference, ...]()
        for _ in range(_MAX_TRIES):
            payers = {each.payment_id for each in invoice.allocations}
            found = tuple(invoice_differences(invoice, self.payments.get_many(organization_id, payers)))
            now = self.register.get(organization_id, invoice.id) if found else invoice
            if now == invoice:
                return found
            invoice = now
        return found
