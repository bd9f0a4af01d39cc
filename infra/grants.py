"""Who may do what, in one table: every permission a function's code has, beyond its own logs and its trigger.

A function missing here may touch nothing. No row names a wildcard, and no row lets anybody update or delete a signal.
"""

from dataclasses import dataclass

from infra.resources import (
    DOCUMENT_QUEUE,
    DOCUMENTS,
    INVOICE_QUEUE,
    QUEUES,
    RECORDS,
    SIGNAL_DEAD_LETTERS,
    SIGNAL_QUEUE,
    SIGNALS,
    SNAPSHOTS,
    Bucket,
    Queue,
    Table,
)


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on one resource, or with `part` on a part of it: an index of a table, the objects of a bucket."""

    on: Table | Queue | Bucket
    actions: tuple[str, ...]
    part: str = ""


def _send(queue: Queue) -> Grant:
    return Grant(queue, ("sqs:SendMessage",))


def _read(table: Table) -> tuple[Grant, ...]:
    reads = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
    return (
        Grant(table, reads),
        *(Grant(table, ("dynamodb:Query",), part=f"/index/{index.name}") for index in table.indexes),
    )


READ_RECORDS = _read(RECORDS)
READ_SIGNALS = _read(SIGNALS)
WRITE_RECORDS = (
    *READ_RECORDS,
    Grant(
        RECORDS,
        (
            "dynamodb:ConditionCheckItem",
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ),
    ),
)
BILL_RECORDS = (
    *WRITE_RECORDS,
    Grant(RECORDS, ("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate")),
)
APPEND_SIGNALS = (*READ_SIGNALS, Grant(SIGNALS, ("dynamodb:PutItem",)))
READ_AND_WRITE_DOCUMENTS = (
    Grant(DOCUMENTS, ("s3:GetObject", "s3:PutObject"), part="/invoices/*"),
    # Without it S3 answers 403 for a document that is not there yet, and a fault in a policy would look the same.
    Grant(DOCUMENTS, ("s3:ListBucket",)),
)
READ_SNAPSHOTS = (
    Grant(SNAPSHOTS, ("s3:GetObject",), part="/keys/*"),
    Grant(SNAPSHOTS, ("s3:ListBucket",)),  # as above
)
WRITE_SNAPSHOTS = (
    Grant(SNAPSHOTS, ("s3:GetObject", "s3:PutObject"), part="/keys/*"),
    Grant(SNAPSHOTS, ("s3:ListBucket",)),
)
KEEP_MESSAGES = (Grant(DOCUMENTS, ("s3:PutObject",), part="/dead-letters/*"),)
RETURN_MESSAGES = (
    Grant(DOCUMENTS, ("s3:GetObject",), part="/dead-letters/*"),
    Grant(DOCUMENTS, ("s3:ListBucket",)),
    Grant(SIGNAL_DEAD_LETTERS, ("sqs:DeleteMessage", "sqs:ReceiveMessage")),
    Grant(SIGNAL_DEAD_LETTERS, ("sqs:GetQueueAttributes",)),
    _send(SIGNAL_QUEUE),
)
MEASURE_QUEUES = tuple(Grant(queue, ("sqs:GetQueueAttributes",)) for queue in QUEUES)

EMULATOR_ASKS_FOR = {"sqs:SendMessage": "sqs:SendMessageBatch"}
"""In AWS the permission to send covers batches, and the second name does not exist; ministack asks for it."""

GRANTS: dict[str, tuple[Grant, ...]] = {
    "products": WRITE_RECORDS,
    "pricing": WRITE_RECORDS,
    "customers": WRITE_RECORDS,
    "contacts": WRITE_RECORDS,
    "orders": (*WRITE_RECORDS, _send(INVOICE_QUEUE)),
    "signals": (*READ_RECORDS, *READ_SIGNALS, *READ_SNAPSHOTS, _send(SIGNAL_QUEUE)),
    "costs": (*READ_RECORDS, *READ_SIGNALS, *READ_SNAPSHOTS, _send(SIGNAL_QUEUE)),
    "invoices": (*WRITE_RECORDS, *READ_SIGNALS, _send(DOCUMENT_QUEUE)),
    "line_explanations": (*READ_RECORDS, *READ_SIGNALS),
    "invoice_previews": (*READ_RECORDS, *READ_SIGNALS),
    "invoice_documents": (*READ_RECORDS, *READ_AND_WRITE_DOCUMENTS),
    "rate_signals": (*WRITE_RECORDS, *APPEND_SIGNALS, *WRITE_SNAPSHOTS, *KEEP_MESSAGES),
    "shelve_signals": (Grant(RECORDS, ("dynamodb:GetItem", "dynamodb:PutItem")), *KEEP_MESSAGES),
    "start_billing_run": (*READ_RECORDS, _send(INVOICE_QUEUE)),
    "generate_invoices": (*BILL_RECORDS, *READ_SIGNALS, _send(DOCUMENT_QUEUE)),
    "render_documents": (*READ_RECORDS, *READ_AND_WRITE_DOCUMENTS),
    "admin": (*WRITE_RECORDS, *READ_SIGNALS, *MEASURE_QUEUES, *RETURN_MESSAGES, _send(DOCUMENT_QUEUE)),
}
