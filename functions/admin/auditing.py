"""The books, audited for the administrator. A long audit is answered in parts, each of which says how to go on."""

from typing import Any, Protocol

from aws_lambda_powertools import Logger

from functions.admin.audit_schemas import AnyAudit, Replay, replay_out
from functions.admin.schemas import organization_out
from functions.billing.models.audit import Allowance, Audited, Cursor
from functions.runtime.wire import Wire
from functions.wiring import auditing, entities, identity

logger = Logger(service="owed")

Json = dict[str, Any]

PART_MS = 60_000
"""How long nothing is heard of an audit. What is begun may take the whole time of the call."""

ANSWERING_MS = 30_000
"""What must be left of a call's time to answer it."""


class Context(Protocol):
    """What of Lambda's context is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def perform(operation: AnyAudit, context: Context) -> Json:
    """Raises BillingError."""
    match operation:
        case Replay():
            return _replay(operation, _allowance(context))


def _replay(operation: Replay, allowance: Allowance) -> Json:
    organization = identity.organizations().get(operation.organization)
    if operation.customer is not None:
        replayed = auditing.replay_customer()(organization.id, operation.customer, allowance)
        audited, stage = Audited(replayed, None), None
    else:
        cursor = operation.after or Cursor()
        audited, stage = auditing.audit(cursor.stage)(organization.id, cursor, allowance), cursor.stage
    known = entities.customers().page(organization.id, limit=0, offset=0).total
    answer = replay_out(audited, stage, known)
    counts = {name: getattr(answer, name) for name in ("customers", "segments", "signals", "invoices")}
    logger.info(
        "books audited",
        extra={
            "organization_id": organization.id,
            "stage": stage,
            "differences": len(answer.differences),
            **counts,
        },
    )
    return {"organization": _json(organization_out(organization)), **_json(answer)}


def _json(shape: Wire) -> Json:
    return shape.model_dump(mode="json", by_alias=True)


def _allowance(context: Context) -> Allowance:
    time_left = context.get_remaining_time_in_millis
    end_of_part = max(time_left() - PART_MS, ANSWERING_MS)
    return Allowance(may_begin=lambda: time_left() > end_of_part, may_go_on=lambda: time_left() > ANSWERING_MS)
