"""Invoices: made, posted, voided."""

from functools import cache

from functions.billing.usecases.post_invoice import PostInvoice
from functions.billing.usecases.void_invoice import VoidInvoice
from functions.wiring import ledgers, queues


@cache
def post_invoice() -> PostInvoice:
    return PostInvoice(register=ledgers.invoices(), documents=queues.document_queue())


@cache
def void_invoice() -> VoidInvoice:
    return VoidInvoice(register=ledgers.invoices())
