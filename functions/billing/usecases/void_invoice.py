"""A posted invoice is voided: it asks for nothing any more, and its number stays used."""

from datetime import datetime

from functions.billing.errors import InvalidInput
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.ports import InvoiceRegister


class VoidInvoice:
    """Voiding twice changes nothing more."""

    def __init__(self, *, register: InvoiceRegister) -> None:
        self._register = register

    def __call__(self, organization_id: str, invoice_id: str, *, now: datetime) -> Invoice:
        """Raises NotFound; InvalidInput for a draft, which was never owed."""
        return self._register.modify(organization_id, invoice_id, lambda invoice: _voided(invoice, now))


def _voided(invoice: Invoice, now: datetime) -> Invoice:
    match invoice.status:
        case InvoiceStatus.DRAFT:
            raise InvalidInput(f"invoice {invoice.id} is a draft, expected a posted one")
        case InvoiceStatus.VOIDED:
            return invoice
        case InvoiceStatus.POSTED:
            return invoice.voided(now=now)
