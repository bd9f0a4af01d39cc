"""Who calls: organizations and their keys."""

from datetime import datetime
from functools import cache

from functions.adapters.dynamodb.organizations import DynamoApiKeys, DynamoOrganizations
from functions.runtime.api import Principal
from functions.runtime.auth import Authenticator
from functions.runtime.chance import real_now, uptime_seconds
from functions.wiring import aws


@cache
def organizations() -> DynamoOrganizations:
    return DynamoOrganizations(aws.records())


@cache
def api_keys() -> DynamoApiKeys:
    return DynamoApiKeys(aws.records())


@cache
def _authenticator() -> Authenticator:
    return Authenticator(
        keys=api_keys(), organizations=organizations(), real_now=real_now, uptime_seconds=uptime_seconds
    )


def present(organization_id: str) -> datetime:
    """Now, and not when the request came: a test clock may have gone on since."""
    return organizations().get(organization_id).now(real_now())


def authenticate(authorization: str | None) -> Principal:
    """Who calls; see `Authenticator`."""
    return _authenticator()(authorization)
