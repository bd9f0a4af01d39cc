"""The documents of an invoice: JSON and PDF, stored where finance keeps them (design: Invoices)."""

import json
from typing import Protocol

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.document import InvoiceDocument, document_of
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.ports import DocumentStore, InvoiceRegister


class Renderer(Protocol):
    def render(self, document: InvoiceDocument) -> bytes:
        """The document as a PDF; the same document gives the same bytes."""
        ...


class StoreDocuments:
    """What is stored is the invoice as it was posted: storing again writes the same bytes, even after a void."""

    def __init__(self, *, register: InvoiceRegister, store: DocumentStore, renderer: Renderer) -> None:
        self._register = register
        self._store = store
        self._renderer = renderer

    def __call__(self, organization_id: str, invoice_id: str) -> None:
        """Raises NotFound; InvalidInput for a draft, which has no number to be filed under."""
        self._store_posted(organization_id, self._register.get(organization_id, invoice_id))

    def pdf(self, organization_id: str, invoice_id: str) -> tuple[Invoice, bytes]:
        """The invoice and its PDF: the stored one once posted; a draft or voided one is set anew and says so."""
        invoice = self._register.get(organization_id, invoice_id)
        if invoice.status is not InvoiceStatus.POSTED:
            return invoice, self._renderer.render(document_of(invoice))
        stored = self._store.read(document_key(organization_id, invoice, "pdf"))
        return invoice, stored or self._store_posted(organization_id, invoice)

    def _store_posted(self, organization_id: str, invoice: Invoice) -> bytes:
        posted = as_posted(invoice)
        pdf = self._renderer.render(document_of(posted))
        record = posted.model_dump(mode="json", exclude={"allocations", "metadata", "updated_at"})
        content = json.dumps({"display_number": posted.display_number, **record}, indent=2)
        key = document_key(organization_id, posted, "json")
        self._store.write(key, content.encode(), content_type="application/json")
        self._store.write(document_key(organization_id, posted, "pdf"), pdf, content_type="application/pdf")
        return pdf


def as_posted(invoice: Invoice) -> Invoice:
    """The invoice at the moment it was posted, whatever became of it since."""
    return invoice.model_copy(update={"status": InvoiceStatus.POSTED, "allocations": ()})


def document_key(organization_id: str, invoice: Invoice, extension: str) -> str:
    """Where the document lies in the bucket: `invoices/<organization>/<yyyy>/<mm>/<number>.<extension>`."""
    if invoice.number is None:
        raise InvalidInput(f"invoice {invoice.id} is a draft: only a posted one has documents")
    day = invoice.issue_date
    return f"invoices/{organization_id}/{day:%Y}/{day:%m}/{invoice.display_number}.{extension}"
