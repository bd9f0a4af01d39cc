"""What only an administrator may do: organizations and what is theirs, audits, events. IAM alone opens it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import TypeAdapter, ValidationError

from functions.admin import announcing, auditing, balancing, inspecting, keys, letterheads
from functions.admin.announce_schemas import AnnounceOperation
from functions.admin.audit_schemas import AuditOperation
from functions.admin.balance_schemas import BalanceOperation
from functions.admin.inspecting import Inspect
from functions.admin.key_schemas import CreateKey, ListKeys, RevokeKey, RotateKey
from functions.admin.letterhead_schemas import LetterheadOperation
from functions.admin.operation import Context, json_of
from functions.admin.schemas import (
    AnyOperation,
    ClearTax,
    CreateOrganization,
    ListOrganizations,
    SetClock,
    SetTax,
    ShowTax,
    organization_out,
    tax_out,
)
from functions.billing.errors import BillingError
from functions.billing.models.organization import Organization
from functions.billing.models.tax import TaxSettings
from functions.runtime.chance import new_id, real_now
from functions.runtime.sentences import sentence_of
from functions.runtime.wire import Json
from functions.wiring import identity, running

logger = Logger(service="owed")

_OPERATIONS: TypeAdapter[AnyOperation] = TypeAdapter(AnyOperation)


def handler(event: Mapping[str, Any], context: Context) -> Json:
    """Answers what was asked for, or `{"error", "code"}` where it is refused; mistakes of ours raise."""
    try:
        operation = _OPERATIONS.validate_python(event, strict=False)
        return _perform(operation, context)
    except ValidationError as error:
        return {"error": _without_operation(sentence_of(error)[0], event), "code": "INVALID_INPUT"}
    except BillingError as error:
        return {"error": error.sentence, "code": error.code}


def _without_operation(sentence: str, event: Mapping[str, Any]) -> str:
    """Pydantic's path begins with the operation that a field is of, which whoever asked for it knows."""
    operation = str(event.get("operation"))
    return sentence.removeprefix(f"{operation}.").removeprefix(f"{operation}: ")


def _perform(operation: AnyOperation, context: Context) -> Json:  # noqa: C901, PLR0911 - one for each kind
    match operation:
        case CreateOrganization():
            return _create_organization(operation)
        case ListOrganizations():
            return _list_organizations()
        case CreateKey() | ListKeys() | RotateKey() | RevokeKey():
            return keys.perform(operation)
        case SetClock():
            return _set_clock(operation)
        case ShowTax() | SetTax() | ClearTax():
            return _tax(operation)
        case LetterheadOperation():
            return letterheads.perform(operation)
        case AuditOperation():
            return auditing.perform(operation, context)
        case BalanceOperation():
            return balancing.perform(operation, context)
        case AnnounceOperation():
            return announcing.perform(operation, context)
        case Inspect():
            return inspecting.perform()


def _create_organization(operation: CreateOrganization) -> Json:
    now = real_now()
    organization = Organization(
        id=new_id("org"),
        name=operation.name,
        test=operation.test,
        clock=operation.clock,
        created_at=now,
        updated_at=now,
    )
    identity.organizations().insert(organization)
    logger.info("organization created", extra={"organization_id": organization.id})
    return {"organization": json_of(organization_out(organization)), "key": keys.first_key(organization)}


def _list_organizations() -> Json:
    """All, the oldest first. An answer of Lambda's holds some thirty thousand of them."""
    found = sorted(identity.organizations().all(), key=lambda organization: organization.created_at)
    return {"organizations": [json_of(organization_out(organization)) for organization in found]}


def _set_clock(operation: SetClock) -> Json:
    """Where the clock is then, which may be before the date that was asked for: see `SetClock`.

    With `nextDueOn`, the day on which an order falls due next, null where none does.
    """
    advance = running.advance_clock()
    organization, invoices = advance(
        operation.organization,
        operation.date,
        now=real_now(),
        at_most=timedelta(days=operation.days),
        far=operation.far,
    )
    due_on = advance.next_due_day(organization.id)
    return {
        "organization": json_of(organization_out(organization)),
        "invoices": len(invoices),
        "nextDueOn": None if due_on is None else due_on.isoformat(),
    }


def _tax(operation: ShowTax | SetTax | ClearTax) -> Json:
    match operation:
        case ShowTax():
            return _tax_of(identity.organizations().get(operation.organization))
        case SetTax():
            return _set_tax(operation.organization, operation.settings())
        case ClearTax():
            return _set_tax(operation.organization, None)


def _set_tax(organization_id: str, settings: TaxSettings | None) -> Json:
    """For invoices made from now on: those that exist keep what they say."""
    update = {"tax": settings, "updated_at": real_now()}
    organization = identity.organizations().modify(
        organization_id,
        lambda organization: organization if organization.tax == settings else organization.model_copy(update=update),
    )
    logger.info("tax settings set", extra={"organization_id": organization.id, "taxed": settings is not None})
    return _tax_of(organization)


def _tax_of(organization: Organization) -> Json:
    """`tax` is null for an organization that charges none."""
    settings = organization.tax
    return {
        "organization": json_of(organization_out(organization)),
        "tax": None if settings is None else json_of(tax_out(settings)),
    }
