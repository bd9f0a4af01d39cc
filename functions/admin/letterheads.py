"""Who an organization is on its invoices, and how they are paid."""

from aws_lambda_powertools import Logger

from functions.admin.letterhead_schemas import ClearLetterhead, LetterheadOperation, SetLetterhead, letterhead_out
from functions.admin.operation import json_of
from functions.admin.schemas import organization_out
from functions.billing.models.organization import Letterhead, Organization
from functions.runtime.chance import real_now
from functions.runtime.wire import Json
from functions.wiring import identity

logger = Logger(service="owed")


def perform(operation: LetterheadOperation) -> Json:
    """What stands then."""
    match operation:
        case SetLetterhead():
            return _set(operation.organization, operation.letterhead())
        case ClearLetterhead():
            return _set(operation.organization, None)
        case _:
            return _answer(identity.organizations().get(operation.organization))


def _set(organization_id: str, letterhead: Letterhead | None) -> Json:
    """For invoices made from now on: those that exist keep what they say."""
    update = {"letterhead": letterhead, "updated_at": real_now()}
    organization = identity.organizations().modify(
        organization_id,
        lambda before: before if before.letterhead == letterhead else before.model_copy(update=update),
    )
    logger.info("letterhead set", extra={"organization_id": organization.id})
    return _answer(organization)


def _answer(organization: Organization) -> Json:
    letterhead = organization.letterhead
    return {
        "organization": json_of(organization_out(organization)),
        "letterhead": None if letterhead is None else json_of(letterhead_out(letterhead)),
    }
