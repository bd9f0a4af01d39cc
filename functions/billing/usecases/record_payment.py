"""A payment that somebody received is recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.billing.errors import Busy, ExternalIdExists, InvalidInput, KeyReused
from functions.billing.models.customer import Customer
from functions.billing.models.payment import Payment, RecordedStatus
from functions.billing.ports import Collection

Draft = Callable[[int, int], Payment]
"""The payment under a number, and under the id that it has after so many others that are alike."""

REPEATED_WITHIN = timedelta(minutes=2)
"""Of the first: a client that gets no answer has sent again by then, and nobody has entered another by hand."""

MOST_AHEAD = timedelta(days=1)
"""Somewhere it is tomorrow already."""

_UNNUMBERED = 0
_MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment as it was recorded, and whether this request did."""

    payment: Payment
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayment:
    """A key is one payment; without one, what is said twice within minutes is. Numbers may have gaps.

    The key is the payment's external id, so that it is taken in the transaction that records it. Of an error after
    which nobody knows what was written (`is_uncertain`), it is read whether the payment is there; what is not there is
    written again under the same id, which succeeds once.
    """

    payments: Collection[Payment]
    customers: Collection[Customer]
    next_number: Callable[[str], int]
    is_uncertain: Callable[[Exception], bool]

    def __call__(self, organization_id: str, draft: Draft) -> Recorded:
        """The payment as it was recorded first. A refused one takes no number.

        Raises:
            NotFound: there is no such customer.
            InvalidInput: it was made later than now.
            KeyReused: another payment came with its key.
        """
        wanted = draft(_UNNUMBERED, 0)
        self.customers.get(organization_id, wanted.customer_id)
        _check_is_made(wanted, now=wanted.created_at)
        number: int | None = None
        payment: Payment | None = None
        unknown: Exception | None = None
        for tries_left in reversed(range(_MAX_TRIES + 1)):
            alike, before = self._before(organization_id, draft)
            if before is not None:
                return Recorded(before, is_new=before == payment)
            if tries_left == 0:
                break
            number = self.next_number(organization_id) if number is None else number
            payment = draft(number, alike)
            try:
                self.payments.insert(organization_id, payment)
            except ExternalIdExists:  # its id or its key is taken: a repeat was faster
                continue
            except Exception as error:
                if not self.is_uncertain(error):
                    raise
                unknown = error
                continue
            return Recorded(payment, is_new=True)
        raise unknown or Busy("payments like this one are being recorded by others, try again")

    def _before(self, organization_id: str, draft: Draft) -> tuple[int, Payment | None]:
        """How many are alike and too old to be repeated now, and the one that this repeats."""
        wanted = draft(_UNNUMBERED, 0)
        if wanted.external_id is not None:
            return 0, self._of_key(organization_id, wanted.external_id, wanted)
        alike = 0
        while True:
            wanted = draft(_UNNUMBERED, alike)
            before = self.payments.get_many(organization_id, [wanted.id]).get(wanted.id)
            if before is None or wanted.created_at < before.created_at + REPEATED_WITHIN:
                return alike, before
            alike += 1

    def _of_key(self, organization_id: str, key: str, wanted: Payment) -> Payment | None:
        payment_id = self.payments.resolve(organization_id, key)
        if payment_id is None:
            return None
        before = self.payments.get(organization_id, payment_id)
        if not before.says_as_much_as(wanted):
            raise KeyReused(key)
        return before


def _check_is_made(payment: Payment, *, now: datetime) -> None:
    """Money that is only expected may have any date."""
    if payment.status is RecordedStatus.POSTED and payment.paid_at > now + MOST_AHEAD:
        raise InvalidInput(
            f"paymentDate is {payment.paid_at.isoformat()}, expected at most a day after {now.isoformat()}: "
            "record money that is only expected as a draft"
        )
