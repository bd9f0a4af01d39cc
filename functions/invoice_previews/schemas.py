"""Previews on the wire: an invoice as `/invoices` shows it, with its lines. Ours, beyond the contract."""

from datetime import date

from functions.billing.models.invoice import Invoice
from functions.runtime.invoice_wire import InvoiceLineOut, InvoiceOut, invoice_line_out, invoice_out
from functions.runtime.wire import FromMoment, Wire


class PreviewQuery(Wire):
    """`asOf` is a day, or a moment on it."""

    as_of: FromMoment | None = None


class PreviewOut(InvoiceOut):
    lines: list[InvoiceLineOut]


def preview_out(invoice: Invoice, *, today: date) -> PreviewOut:
    lines = [invoice_line_out(invoice, line, today=today) for line in invoice.lines]
    return PreviewOut(**dict(invoice_out(invoice, today=today)), lines=lines)
