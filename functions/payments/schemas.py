"""Payments and their allocations on the wire (contract: Payment, allocation). Amounts are minor units."""

import json
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from functions.billing.invoicing.allocating import Applied, Wanted
from functions.billing.models.entity import Metadata
from functions.billing.models.invoice import InvoiceStatus
from functions.billing.models.payment import Payment, PaymentType, RecordedStatus
from functions.runtime.fields import AnyCaseCurrency, Id, LimitedMetadata, Whole
from functions.runtime.references import CustomerReference
from functions.runtime.wire import Creation, Moment, MomentOut, Paging, Wire

MAX_ALLOCATIONS_AT_ONCE = 99
"""Each may change another invoice, and with the payment they are one transaction, which takes a hundred items."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2199

Amount = Annotated[Whole, Field(ge=1, le=10**12)]
"""Minor units of money that was paid."""

IdempotencyKey = Annotated[str, Field(min_length=1, max_length=255)]


def _since_1970(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"expected a year between {_FIRST_YEAR} and {_LAST_YEAR} in UTC")
    return moment


PaymentDate = Annotated[Moment, AfterValidator(_since_1970)]
"""Its year counts in UTC too: ids begin with the milliseconds since 1970, and sort by them."""


class StatusFilter(StrEnum):
    """All statuses that the contract knows; of ours none is in the last four: nothing here charges."""

    DRAFT = "draft"
    POSTED = "posted"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requiresAction"
    FAILED = "failed"
    CANCELED = "canceled"


class PaymentQuery(Paging):
    customer_id: str | None = None
    external_customer_id: str | None = None
    status: StatusFilter | None = None

    def takes(self, payment: Payment) -> bool:
        """Whether the payment is asked for, its customer apart."""
        return self.status is None or self.status.value == payment.status.value


class CreatePayment(Creation, CustomerReference):
    """Without a date it was made now. `idempotencyKey` is ours: it names the payment, whatever its date."""

    amount: Amount
    currency: AnyCaseCurrency
    payment_date: PaymentDate | None = None
    payment_type: PaymentType
    status: RecordedStatus = RecordedStatus.POSTED
    metadata: LimitedMetadata | None = None
    idempotency_key: IdempotencyKey | None = None

    def said(self) -> str:
        """What it says of the payment itself, always the same text for the same."""
        said = self.model_dump(mode="json", exclude={"customer_id", "external_customer_id", "idempotency_key"})
        return json.dumps(said, sort_keys=True)


class PaymentOut(Wire):
    """`invoiceId` and `orderId` are of payments that something charged by itself: here nothing does."""

    id: str
    number: int
    customer_id: str
    invoice_id: str | None = None
    order_id: str | None = None
    amount: int
    allocated_amount: int
    balance: int
    currency: str
    payment_date: MomentOut
    payment_type: PaymentType
    status: RecordedStatus
    metadata: Metadata | None
    created_at: MomentOut
    updated_at: MomentOut


class RecordedPaymentOut(PaymentOut):
    """`created` is ours: false where the very same payment was recorded before, and a repeat recorded nothing."""

    created: bool


def recorded_payment_out(payment: PaymentOut, *, created: bool) -> RecordedPaymentOut:
    return RecordedPaymentOut(**payment.model_dump(), created=created)


def payment_out(payment: Payment, voided: Collection[str]) -> PaymentOut:
    """`voided` are the invoices whose allocations are free again."""
    allocated = payment.allocated_minor(voided)
    return PaymentOut(
        id=payment.id,
        number=payment.number,
        customer_id=payment.customer_id,
        amount=payment.amount_minor,
        allocated_amount=allocated,
        balance=payment.amount_minor - allocated,
        currency=payment.currency,
        payment_date=payment.paid_at,
        payment_type=payment.payment_type,
        status=payment.status,
        metadata=payment.metadata,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )


# ---- allocations


class AllocationQuery(Paging):
    payment_id: str | None = None
    invoice_id: str | None = None


class AllocationIn(Creation):
    invoice_line_id: Annotated[str, Field(min_length=1, max_length=255)]
    amount: Amount
    currency: AnyCaseCurrency | None = None


class CreateAllocations(Creation):
    """`idempotencyKey` is ours: with it a repeat, of which nobody knows whether it is one, allocates nothing."""

    payment_id: Id
    allocations: Annotated[list[AllocationIn], Field(min_length=1, max_length=MAX_ALLOCATIONS_AT_ONCE)]
    idempotency_key: IdempotencyKey | None = None

    def wanted(self) -> list[Wanted]:
        return [Wanted(each.invoice_line_id, each.amount, each.currency) for each in self.allocations]


class AllocationType(StrEnum):
    ALLOCATED = "allocated"


class AllocationStatus(StrEnum):
    """What was allocated to an invoice that is voided is cancelled, and free again."""

    APPLIED = "applied"
    CANCELLED = "cancelled"


class AllocationOut(Wire):
    id: str
    payment_id: str
    invoice_id: str
    invoice_line_id: str
    amount: int
    currency: str
    type: AllocationType = AllocationType.ALLOCATED
    status: AllocationStatus
    allocation_date: MomentOut
    created_at: MomentOut


class AllocationsOut(Wire):
    data: list[AllocationOut]


def allocation_out(applied: Applied) -> AllocationOut:
    invoice, allocation = applied.invoice, applied.allocation
    is_voided = invoice.status is InvoiceStatus.VOIDED
    return AllocationOut(
        id=allocation.id,
        payment_id=allocation.payment_id,
        invoice_id=invoice.id,
        invoice_line_id=f"{invoice.id}.{allocation.line_id}",
        amount=allocation.amount_minor,
        currency=invoice.currency,
        status=AllocationStatus.CANCELLED if is_voided else AllocationStatus.APPLIED,
        allocation_date=allocation.allocated_at,
        created_at=allocation.allocated_at,
    )
