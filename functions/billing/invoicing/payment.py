"""When an invoice was paid."""

from datetime import datetime

from functions.billing.models.invoice import Invoice


def fully_paid_at(invoice: Invoice) -> datetime | None:
    """Since when nothing of it remained to be paid, also if it was voided later; None as long as something does."""
    return invoice.posted_at if invoice.total_minor <= 0 else None
