"""Who may do what, in one table: every permission a function's code has, beyond its own logs and its trigger.

A function missing here may touch nothing. No row names a wildcard, and no row lets anybody update or delete a signal.
The tests call AWS with these permissions and no others, and a permission that none of them needed fails the last one.
"""

from dataclasses import dataclass

from infra.resources import (
    CREDIT_QUEUE,
    DOCUMENT_QUEUE,
    DOCUMENTS,
    INVOICE_QUEUE,
    RECORDS,
    SIGNAL_DEAD_LETTERS,
    SIGNAL_QUEUE,
    SIGNALS,
    SNAPSHOTS,
    WEBHOOK_QUEUE,
    Bucket,
    Queue,
    Table,
)


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions on one resource, or with `part` on a part of it: an index of a table, the objects of a bucket.

    With `partitions`, a pattern, only on items of a table whose partition keys are like it.
    """

    on: Table | Queue | Bucket
    actions: tuple[str, ...]
    part: str = ""
    partitions: str = ""


def _records(*actions: str) -> Grant:
    return Grant(RECORDS, tuple(f"dynamodb:{action}" for action in actions))


def _signals(*actions: str) -> Grant:
    return Grant(SIGNALS, tuple(f"dynamodb:{action}" for action in actions))


def _send(queue: Queue) -> Grant:
    return Grant(queue, ("sqs:SendMessage",))


def _measure(queue: Queue) -> Grant:
    return Grant(queue, ("sqs:GetQueueAttributes",))


def _objects(bucket: Bucket, folder: str, *actions: str) -> tuple[Grant, ...]:
    """Whoever reads may list: else S3 answers 403 for an object that is not there, as for a fault in a policy."""
    objects = Grant(bucket, tuple(f"s3:{action}" for action in actions), part=f"/{folder}/*")
    return (objects, Grant(bucket, ("s3:ListBucket",))) if "GetObject" in actions else (objects,)


RECORDS_BY_OWNER = Grant(RECORDS, ("dynamodb:Query",), part="/index/by_owner")
SIGNALS_BY_TIME = Grant(SIGNALS, ("dynamodb:Query",), part="/index/by_time")
KEEP_MESSAGES = _objects(DOCUMENTS, "dead-letters/signals", "PutObject")
"""The only copy of signals that were given up lies there: none may write it who has other things to put aside."""

PARK_CHANGES = _objects(DOCUMENTS, "dead-letters/announce_events", "PutObject")
PARKED_CHANGES = Grant(DOCUMENTS, ("s3:DeleteObject", "s3:GetObject"), part="/dead-letters/announce_events/*")
NOTE_KEY_USE = Grant(RECORDS, ("dynamodb:UpdateItem",), partitions="*#used")
"""When an API key was last used: functions that only read may write this and nothing else."""

NOTE_SPANS = Grant(RECORDS, ("dynamodb:UpdateItem",), partitions="*#span")
"""By which of several spans a call was told: whoever takes spans writes this and nothing else."""

EMULATOR_ASKS_FOR = {
    "sqs:SendMessage": "sqs:SendMessageBatch",
    "dynamodb:PartiQLInsert": "dynamodb:BatchExecuteStatement",
}
"""In AWS the first of each covers batches, and the second name does not exist; ministack asks for it."""

EMULATOR_ASKS_ANYWHERE = frozenset({"dynamodb:BatchExecuteStatement"})
"""Of these ministack does not see which table they are on, so that no grant on one would do."""

GRANTS: dict[str, tuple[Grant, ...]] = {
    "products": (_records("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"),),
    "pricing": (_records("BatchGetItem", "GetItem", "UpdateItem"),),
    "plans": (_records("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"), RECORDS_BY_OWNER),
    "customers": (
        _records("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        RECORDS_BY_OWNER,
        _signals("Query"),
    ),
    "contacts": (_records("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),),
    "credits": (
        _records("BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _signals("Query"),
    ),
    "payments": (_records("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"),),
    "orders": (
        _records("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        RECORDS_BY_OWNER,
        _send(INVOICE_QUEUE),
    ),
    "amendments": (
        _records("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _send(INVOICE_QUEUE),
    ),
    "signals": (
        _records("BatchGetItem", "GetItem", "Query"),
        NOTE_KEY_USE,
        _signals("BatchGetItem", "GetItem", "Query"),
        SIGNALS_BY_TIME,
        *_objects(SNAPSHOTS, "keys", "GetObject"),
        _send(SIGNAL_QUEUE),
    ),
    "costs": (
        _records("BatchGetItem", "GetItem"),
        NOTE_KEY_USE,
        _signals("BatchGetItem", "Query"),
        SIGNALS_BY_TIME,
        *_objects(SNAPSHOTS, "keys", "GetObject"),
        _send(SIGNAL_QUEUE),
    ),
    "traces": (_records("GetItem"), NOTE_KEY_USE, NOTE_SPANS, _send(SIGNAL_QUEUE)),
    "invoices": (
        _records("BatchGetItem", "GetItem", "PutItem", "Query"),
        NOTE_KEY_USE,
        _signals("BatchGetItem", "Query"),
        _send(DOCUMENT_QUEUE),
    ),
    "line_explanations": (_records("BatchGetItem", "GetItem", "Query"), NOTE_KEY_USE, _signals("Query")),
    "invoice_previews": (_records("BatchGetItem", "GetItem", "Query"), NOTE_KEY_USE, _signals("Query")),
    "margins": (
        _records("BatchGetItem", "GetItem", "Query"),
        RECORDS_BY_OWNER,
        NOTE_KEY_USE,
        _signals("BatchGetItem", "Query"),
        SIGNALS_BY_TIME,
        *_objects(SNAPSHOTS, "keys", "GetObject"),
    ),
    "invoice_documents": (
        _records("GetItem"),
        NOTE_KEY_USE,
        *_objects(DOCUMENTS, "invoices", "GetObject", "PutObject"),
    ),
    "rate_signals": (
        _records("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _signals("PutItem", "Query"),
        *_objects(SNAPSHOTS, "keys", "GetObject", "PutObject"),
        *KEEP_MESSAGES,
        _send(CREDIT_QUEUE),
    ),
    "watch_credits": (_records("BatchGetItem", "GetItem", "PutItem", "Query"), _signals("Query")),
    "shelve_signals": (_records("GetItem", "PutItem"), *KEEP_MESSAGES),
    "webhooks": (_records("GetItem", "PutItem", "Query"), NOTE_KEY_USE),
    "announce_events": (_records("GetItem"), _send(WEBHOOK_QUEUE), *PARK_CHANGES),
    "deliver_webhooks": (
        _records("GetItem", "PutItem"),
        Grant(WEBHOOK_QUEUE, ("sqs:ChangeMessageVisibility",)),
    ),
    "check_billing_run": (_records("BatchGetItem", "GetItem", "Query"),),
    "start_billing_run": (_records("Query"), _send(INVOICE_QUEUE)),
    "generate_invoices": (
        _records("BatchGetItem", "GetItem", "PartiQLInsert", "PartiQLUpdate", "PutItem", "Query"),
        _signals("BatchGetItem", "Query"),
        _send(DOCUMENT_QUEUE),
    ),
    "render_documents": (_records("GetItem"), *_objects(DOCUMENTS, "invoices", "PutObject")),
    "admin": (
        _records("BatchGetItem", "GetItem", "PartiQLInsert", "PartiQLUpdate", "PutItem", "Query"),
        RECORDS_BY_OWNER,
        _signals("BatchGetItem", "Query"),
        SIGNALS_BY_TIME,
        *(_measure(queue) for queue in (SIGNAL_QUEUE, SIGNAL_DEAD_LETTERS, INVOICE_QUEUE, DOCUMENT_QUEUE)),
        *_objects(DOCUMENTS, "dead-letters/signals", "GetObject"),
        PARKED_CHANGES,
        Grant(SIGNAL_DEAD_LETTERS, ("sqs:DeleteMessage", "sqs:ReceiveMessage")),
        _send(SIGNAL_QUEUE),
        _send(DOCUMENT_QUEUE),
        _send(WEBHOOK_QUEUE),
    ),
}
