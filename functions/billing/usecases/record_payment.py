"""A payment that somebody received is recorded."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.billing.errors import ExternalIdExists
from functions.billing.models.customer import Customer
from functions.billing.models.payment import Payment
from functions.billing.ports import Collection

Draft = Callable[[int], Payment]
"""The payment under a number."""

_UNNUMBERED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayment:
    """The same id twice is one payment: the first. Numbers may have gaps; a refused payment takes none."""

    payments: Collection[Payment]
    customers: Collection[Customer]
    next_number: Callable[[str], int]

    def __call__(self, organization_id: str, draft: Draft) -> Payment:
        """The payment as it was recorded first. Raises NotFound for the customer."""
        payment = draft(_UNNUMBERED)
        self.customers.get(organization_id, payment.customer_id)
        if before := self.payments.get_many(organization_id, [payment.id]):
            return before[payment.id]
        payment = draft(self.next_number(organization_id))
        try:
            self.payments.insert(organization_id, payment)
        except ExternalIdExists:  # it has no external id: a repeat was faster
            return self.payments.get(organization_id, payment.id)
        return payment
