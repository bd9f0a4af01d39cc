"""When an invoice was paid."""

from datetime import datetime

from functions.billing.models.invoice import Invoice


def fully_paid_at(invoice: Invoice) -> datetime | None:
    """Since when nothing of it remained to be paid, also if it was voided later; None as long as something does.

    Of one below zero nothing ever did, so that what waits for its payment waits no longer than for its posting.
    """
    if sum(each.amount_minor for each in invoice.allocations) < invoice.total_minor:
        return None
    return invoice.allocations[-1].allocated_at if invoice.allocations else invoice.posted_at
