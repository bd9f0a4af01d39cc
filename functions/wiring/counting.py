"""Usage: the log that it is counted from, and how far it is counted."""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.checkpoints import DynamoCheckpoints
from functions.adapters.dynamodb.signal_log import DynamoSignalLog
from functions.runtime import settings
from functions.wiring import aws

if TYPE_CHECKING:
    from functions.billing.models.credit import CreditGrant


@cache
def signal_log() -> DynamoSignalLog:
    """For those who read signals and ask for no keys (see `remembering`)."""
    return DynamoSignalLog(aws.dynamodb(), settings.signals_table())


@cache
def checkpoints() -> DynamoCheckpoints:
    return DynamoCheckpoints(aws.records())


def granted(organization_id: str, customer_id: str) -> "list[CreditGrant]":
    """What a customer can take its credits from."""
    from functions.wiring import crediting  # noqa: PLC0415 - few customers take credits

    return crediting.granted(organization_id, customer_id)
