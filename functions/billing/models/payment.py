"""What a customer paid, as somebody recorded it. Amounts are integers of minor units of the payment's currency."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from functions.billing.models.entity import CurrencyCode, Entity, Metadata

MAX_PAID_INVOICES = 1_000
"""By one payment: whoever asks what is left of it reads them all."""


class PaymentType(StrEnum):
    """How the money came."""

    CREDIT_CARD = "creditCard"
    BANK_TRANSFER = "bankTransfer"
    ACH = "ach"
    CASH = "cash"
    CHECK = "check"


class RecordedStatus(StrEnum):
    """A draft is money that is only expected: nothing can be allocated from it."""

    DRAFT = "draft"
    POSTED = "posted"


class Payment(Entity):
    """Money of one customer. `number` counts the organization's payments, with gaps; `paid_at` is when it was made.

    Its external id is the idempotency key that it came with.
    `allocated` has what of it went to each invoice. What went to one that was voided since is free again: nothing says
    so but that invoice, so that a void is one write and cannot be half done.
    """

    number: int
    customer_id: str
    amount_minor: Annotated[int, Field(gt=0)]
    currency: CurrencyCode
    paid_at: AwareDatetime
    payment_type: PaymentType
    status: RecordedStatus = RecordedStatus.POSTED
    allocated: dict[str, int] = {}
    metadata: Metadata | None = None

    def says_as_much_as(self, other: "Payment") -> bool:
        """Whether both were recorded with the same words; of one that was made when it was recorded, also later."""
        said = {"customer_id", "amount_minor", "currency", "payment_type", "status", "metadata"}
        dates = ((each.paid_at, each.paid_at == each.created_at) for each in (self, other))
        (mine, is_mine_now), (theirs, is_theirs_now) = dates
        return self.model_dump(include=said) == other.model_dump(include=said) and (
            mine == theirs or (is_mine_now and is_theirs_now)
        )

    def allocated_minor(self, voided: Collection[str]) -> int:
        """What of it is allocated, given which of its invoices are voided."""
        return sum(amount for invoice_id, amount in self.allocated.items() if invoice_id not in voided)

    def with_allocated(self, invoice_id: str, amount_minor: int, *, now: datetime) -> "Payment":
        """This payment, of which so much more went to the invoice."""
        allocated = {**self.allocated, invoice_id: self.allocated.get(invoice_id, 0) + amount_minor}
        return self.model_copy(update={"allocated": allocated, "updated_at": now})
