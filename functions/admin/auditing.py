"""The books, audited for the administrator. A long audit is answered in parts, each of which says how to go on."""

from aws_lambda_powertools import Logger

from functions.admin.audit_schemas import AnyAudit, Replay, replay_out
from functions.admin.operation import Context, allowance, json_of
from functions.admin.schemas import organization_out
from functions.billing.models.audit import Allowance, Audited, Cursor
from functions.runtime.wire import Json
from functions.wiring import auditing, entities, identity

logger = Logger(service="owed")


def perform(operation: AnyAudit, context: Context) -> Json:
    """Raises BillingError."""
    match operation:
        case Replay():
            return _replay(operation, allowance(context))


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
    return {"organization": json_of(organization_out(organization)), **json_of(answer)}
