"""API keys: made, listed, rotated and revoked for the administrator."""

from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from functions.admin.key_schemas import (
    AnyKeyOperation,
    CreateKey,
    KeyOut,
    ListKeys,
    NewKeyOut,
    RevokeKey,
    RotateKey,
    key_out,
)
from functions.admin.operation import json_of
from functions.billing.errors import Conflict, InvalidInput
from functions.billing.models.organization import ApiKey, Organization, Scope
from functions.runtime.auth import hash_secret
from functions.runtime.chance import new_id, new_secret, real_now
from functions.runtime.wire import Json
from functions.wiring import identity

logger = Logger(service="owed")


def perform(operation: AnyKeyOperation) -> Json:
    """Raises BillingError."""
    organization = identity.organizations().get(operation.organization)
    now = real_now()
    match operation:
        case CreateKey():
            return {"key": json_of(_create(organization, operation, now))}
        case ListKeys():
            return {"keys": [json_of(key) for key in _list(organization)]}
        case RotateKey():
            return _rotate(organization, operation, now)
        case RevokeKey():
            key = identity.api_keys().modify(organization.id, operation.key, lambda key: key.revoked(now))
            logger.info("key revoked", extra={"organization_id": organization.id, "key_id": key.id})
            return {"key": json_of(_shown(key))}


def first_key(organization: Organization) -> Json:
    """Of whoever makes the organization: it opens everything."""
    return json_of(_insert(organization, name="first key", scopes=tuple(Scope), expires_at=None))


def _create(organization: Organization, operation: CreateKey, now: datetime) -> NewKeyOut:
    if operation.expires_at is not None and operation.expires_at <= now:
        raise InvalidInput(f"expires_at is {operation.expires_at.isoformat()}, expected a moment to come")
    return _insert(organization, name=operation.name, scopes=operation.scopes, expires_at=operation.expires_at)


def _list(organization: Organization) -> list[KeyOut]:
    used = identity.api_keys().last_uses(organization.id)
    return [key_out(key, last_used_at=used.get(key.id)) for key in identity.api_keys().of(organization.id)]


def _rotate(organization: Organization, operation: RotateKey, now: datetime) -> Json:
    """First the new key, then the end of the old one: after a crash between them both open, and it can be repeated."""
    keys = identity.api_keys()
    old = keys.get(organization.id, operation.key)
    if not old.is_valid(now):
        raise Conflict(f"key {old.id} is not valid any more, expected one that is: make a new one instead")
    new = _insert(organization, name=old.name, scopes=old.scopes, expires_at=old.successor_expires_at(now))
    end = now + timedelta(hours=operation.grace_hours)
    old = keys.modify(organization.id, operation.key, lambda key: key.retired(end))
    logger.info("key rotated", extra={"organization_id": organization.id, "key_id": old.id, "new_key_id": new.id})
    return {"key": json_of(new), "replaced": json_of(_shown(old))}


def _insert(
    organization: Organization, *, name: str, scopes: tuple[Scope, ...], expires_at: datetime | None
) -> NewKeyOut:
    secret = f"owed_{'test' if organization.test else 'live'}_{new_secret()}"
    key = ApiKey(
        id=new_id("key"),
        organization_id=organization.id,
        name=name,
        sha256=hash_secret(secret),
        test=organization.test,
        scopes=scopes,
        created_at=real_now(),
        expires_at=expires_at,
    )
    identity.api_keys().insert(key)
    logger.info("key created", extra={"organization_id": organization.id, "key_id": key.id})
    return NewKeyOut(**key_out(key, last_used_at=None).model_dump(), secret=secret)


def _shown(key: ApiKey) -> KeyOut:
    return key_out(key, last_used_at=identity.api_keys().last_uses(key.organization_id).get(key.id))
