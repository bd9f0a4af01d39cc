"""The queues, and what is still in them."""

import secrets
from functools import cache

from functions.adapters.sqs import (
    SqsBacklog,
    SqsCreditQueue,
    SqsDocumentQueue,
    SqsInvoiceHints,
    SqsInvoiceQueue,
    SqsSignalQueue,
)
from functions.runtime import settings
from functions.wiring import aws


@cache
def signal_queue() -> SqsSignalQueue:
    """By a producer whose name of 72 random bits is made at first use: a copy of an idle process gets another."""
    from functions.adapters.producer import Producer  # noqa: PLC0415 - most who use a queue here ask for invoices

    return SqsSignalQueue(aws.sqs(), settings.signal_queue_url(), Producer(secrets.token_urlsafe(9)))


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
def credit_queue() -> SqsCreditQueue:
    return SqsCreditQueue(aws.sqs(), settings.credit_queue_url())


@cache
def backlog() -> SqsBacklog:
    urls = (
        settings.signal_queue_url(),
        settings.invoice_queue_url(),
        settings.document_queue_url(),
    )
    return SqsBacklog(aws.sqs(), urls)
