"""The queues, and what is still in them."""

from functools import cache

from functions.adapters.sqs import (
    SqsBacklog,
    SqsCostQueue,
    SqsDocumentQueue,
    SqsInvoiceHints,
    SqsInvoiceQueue,
    SqsSignalQueue,
    decode_batch,
)
from functions.runtime import settings
from functions.wiring import aws

__all__ = ["decode_batch"]


@cache
def signal_queue() -> SqsSignalQueue:
    return SqsSignalQueue(aws.sqs(), settings.signal_queue_url())


@cache
def cost_queue() -> SqsCostQueue:
    """The signals' own queue: costs travel the same road."""
    return SqsCostQueue(aws.sqs(), settings.signal_queue_url())


@cache
def invoice_queue() -> SqsInvoiceQueue:
    return SqsInvoiceQueue(aws.sqs(), settings.invoice_queue_url())


@cache
def invoice_hints() -> SqsInvoiceHints:
    return SqsInvoiceHints(invoice_queue())


@cache
def document_queue() -> SqsDocumentQueue:
    return SqsDocumentQueue(aws.sqs(), settings.document_queue_url())


@cache
def backlog() -> SqsBacklog:
    urls = (
        settings.signal_queue_url(),
        settings.invoice_queue_url(),
        settings.document_queue_url(),
    )
    return SqsBacklog(aws.sqs(), urls)
