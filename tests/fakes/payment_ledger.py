"""Payments and what they pay, in memory."""

from collections.abc import Iterable, Sequence

from functions.adapters.dynamodb.payments import PAYMENT
from functions.billing.errors import NotFound
from functions.billing.invoicing.allocating import voided_ids
from functions.billing.models.customer import Customer
from functions.billing.models.invoice import Invoice
from functions.billing.models.payment import Payment
from functions.billing.ports import OutdatedError, Stored
from tests.fakes.collection import FakeCollection
from tests.fakes.invoice_register import FakeInvoiceRegister


def fake_payments(customers: FakeCollection[Customer]) -> FakeCollection[Payment]:
    return FakeCollection(PAYMENT, owners=customers)


class FakePaymentLedger:
    """Fulfils `PaymentLedger`."""

    def __init__(self, payments: FakeCollection[Payment], register: FakeInvoiceRegister) -> None:
        self._payments = payments
        self._register = register

    def load(self, organization_id: str, payment_id: str) -> Stored[Payment]:
        try:
            return self._payments.stored[organization_id, payment_id]
        except KeyError:
            raise NotFound("payment", payment_id) from None

    def load_invoices(self, organization_id: str, invoice_ids: Iterable[str]) -> dict[str, Stored[Invoice]]:
        found = ((each, self._register.stored.get((organization_id, each))) for each in invoice_ids)
        return {invoice_id: stored for invoice_id, stored in found if stored is not None}

    def voided(self, organization_id: str, invoice_ids: Iterable[str]) -> set[str]:
        return voided_ids(each.value for each in self.load_invoices(organization_id, invoice_ids).values())

    def commit(self, organization_id: str, payment: Stored[Payment], invoices: Sequence[Stored[Invoice]]) -> None:
        known = self.load_invoices(organization_id, [each.value.id for each in invoices])
        at = [self.load(organization_id, payment.value.id).revision, *(known[i.value.id].revision for i in invoices)]
        if at != [payment.revision, *(each.revision for each in invoices)]:
            raise OutdatedError
        self._payments.stored[organization_id, payment.value.id] = Stored(payment.value, payment.revision + 1)
        for each in invoices:
            self._register.stored[organization_id, each.value.id] = Stored(each.value, each.revision + 1)
