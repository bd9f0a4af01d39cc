"""API keys, as an administrator asks for them and sees them."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from functions.admin.operation import Operation
from functions.billing.models.entity import Name
from functions.billing.models.organization import ApiKey, Scope
from functions.runtime.wire import MomentOut, Wire

ORDINARY_SCOPES = (Scope.READ, Scope.WRITE, Scope.SIGNALS)
"""What a key opens unless it is said: everything but what takes back a posted invoice."""

LONGEST_GRACE = timedelta(days=90)


class CreateKey(Operation):
    operation: Literal["create_key"]
    organization: str
    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ORDINARY_SCOPES
    expires_at: AwareDatetime | None = None


class ListKeys(Operation):
    operation: Literal["list_keys"]
    organization: str


class RotateKey(Operation):
    """A new key in the place of `key`, which goes on for the time of grace."""

    operation: Literal["rotate_key"]
    organization: str
    key: str
    grace_hours: Annotated[int, Field(ge=0, le=LONGEST_GRACE // timedelta(hours=1))] = 24


class RevokeKey(Operation):
    operation: Literal["revoke_key"]
    organization: str
    key: str


AnyKeyOperation: TypeAlias = CreateKey | ListKeys | RotateKey | RevokeKey


class KeyOut(Wire):
    """A key; `expires_at` is when it ends by itself, and `last_used_at` may be up to an hour too early."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: MomentOut
    expires_at: MomentOut | None
    revoked_at: MomentOut | None
    last_used_at: MomentOut | None


class NewKeyOut(KeyOut):
    """`secret` is shown when the key is made, and never again."""

    secret: str


def key_out(key: ApiKey, *, last_used_at: datetime | None) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.ends_at,
        revoked_at=key.revoked_at,
        last_used_at=last_used_at,
    )
