"""What is asked of invoices (contract: section 4); what is answered is in `functions/runtime/invoice_wire.py`."""

from datetime import date, datetime
from enum import StrEnum

from functions.billing.models.invoice import Invoice
from functions.runtime.fields import LimitedMetadata
from functions.runtime.wire import FromMoment, Paging, ToMoment, Wire, day_out


class StatusFilter(StrEnum):
    """All statuses that the contract knows; no invoice of ours is ever in the others."""

    BUILDING = "building"
    DRAFT = "draft"
    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    CANCELED = "canceled"
    ERROR = "error"


class PaymentStatusFilter(StrEnum):
    """As `StatusFilter`, of payment."""

    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_PAID = "partiallyPaid"
    OVERDUE = "overdue"
    ERROR = "error"


class InvoiceQuery(Paging):
    """The filters of the listing; dates are inclusive, and a currency may be written in any case."""

    customer_id: str | None = None
    external_customer_id: str | None = None
    order_id: str | None = None
    status: StatusFilter | None = None
    payment_status: PaymentStatusFilter | None = None
    issue_date_from: FromMoment | None = None
    issue_date_to: ToMoment | None = None
    due_date_from: FromMoment | None = None
    due_date_to: ToMoment | None = None
    display_number: str | None = None
    purchase_order_reference: str | None = None
    currency: str | None = None

    def takes(self, invoice: Invoice, *, today: date) -> bool:
        """Whether the invoice is asked for, its customer apart."""
        exact = {
            "order_id": invoice.order_id,
            "status": invoice.status,
            "payment_status": invoice.payment_status(today),
            "display_number": invoice.display_number,
            "purchase_order_reference": invoice.purchase_order_reference,
        }
        return (
            all(getattr(self, name) in {None, value} for name, value in exact.items())
            and (self.currency is None or self.currency.upper() == invoice.currency)
            and _within(invoice.issue_date, self.issue_date_from, self.issue_date_to)
            and _within(invoice.due_date, self.due_date_from, self.due_date_to)
        )


class UpdateInvoice(Wire):
    """Only metadata can be changed through the API (contract); null clears it."""

    metadata: LimitedMetadata | None = None


def _within(day: date, first: datetime | None, last: datetime | None) -> bool:
    moment = day_out(day)
    return (first is None or moment >= first) and (last is None or moment <= last)
