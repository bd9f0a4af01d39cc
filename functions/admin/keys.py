"""API keys: made, listed, rotated and revoked for the administrator."""

from dataclasses import dataclass, field
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
    return json_of(_insert(_minted(organization, name="first key", scopes=tuple(Scope), expires_at=None)))


def _create(organization: Organization, operation: CreateKey, now: datetime) -> NewKeyOut:
    if operation.expires_at is not None and operation.expires_at <= now:
        raise InvalidInput(f"expires_at is {operation.expires_at.isoformat()}, expected a moment to come")
    return _insert(_minted(organization, name=operation.name, scopes=operation.scopes, expires_at=operation.expires_at))


def _list(organization: Organization) -> list[KeyOut]:
    used = identity.api_keys().last_uses(organization.id)
    return [key_out(key, last_used_at=used.get(key.id)) for key in identity.api_keys().of(organization.id)]


def _rotate(organization: Organization, operation: RotateKey, now: datetime) -> Json:
    """The new key and the end of the old one are one write, and nothing is read after it: the secret is shown once."""
    keys = identity.api_keys()
    used_at = keys.last_uses(organization.id).get(operation.key)
    old = _still_valid(keys.get(organization.id, operation.key), now)
    new = _minted(organization, name=old.name, scopes=old.scopes, expires_at=old.successor_expires_at(now))
    end = now + timedelta(hours=operation.grace_hours)
    old = keys.replace(organization.id, operation.key, lambda key: _still_valid(key, now).retired(end), new=new.key)
    logger.info("key rotated", extra={"organization_id": organization.id, "key_id": old.id, "new_key_id": new.key.id})
    return {"key": json_of(new.out()), "replaced": json_of(key_out(old, last_used_at=used_at))}


def _still_valid(key: ApiKey, now: datetime) -> ApiKey:
    """Raises Conflict."""
    if not key.is_valid(now):
        raise Conflict(f"key {key.id} is not valid any more, expected one that is: make a new one instead")
    return key


@dataclass(frozen=True, slots=True)
class _Minted:
    """A key that is not stored yet, and its secret, which never is."""

    key: ApiKey
    secret: str = field(repr=False)

    def out(self) -> NewKeyOut:
        return NewKeyOut(**key_out(self.key, last_used_at=None).model_dump(), secret=self.secret)


def _minted(
    organization: Organization, *, name: str, scopes: tuple[Scope, ...], expires_at: datetime | None
) -> _Minted:
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
    return _Minted(key, secret)


def _insert(new: _Minted) -> NewKeyOut:
    identity.api_keys().insert(new.key)
    logger.info("key created", extra={"organization_id": new.key.organization_id, "key_id": new.key.id})
    return new.out()


def _shown(key: ApiKey) -> KeyOut:
    return key_out(key, last_used_at=identity.api_keys().last_uses(key.organization_id).get(key.id))
