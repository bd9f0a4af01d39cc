"""A draft is posted by hand: it gets its number, and its documents are set."""

from datetime import datetime

from functions.billing.errors import InvalidInput
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.ports import DocumentQueue, InvoiceRegister


class PostInvoice:
    """Posting twice gives one number; the documents are asked for again, in case the first request was lost."""

    def __init__(self, *, register: InvoiceRegister, documents: DocumentQueue) -> None:
        self._register = register
        self._documents = documents

    def __call__(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        """Raises NotFound; InvalidInput for a voided invoice."""
        invoice = self._register.post(organization_id, invoice_id, now=now)
        if invoice.status is InvoiceStatus.VOIDED:
            raise InvalidInput(f"invoice {invoice.display_number} is voided and cannot be posted again")
        self._documents.send(organization_id, invoice.id)
        return invoice
