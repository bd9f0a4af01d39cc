"""Who calls: an API key in the Authorization header becomes an organization (design: "Who may call")."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from functions.billing.errors import Forbidden
from functions.billing.models.organization import ApiKey, Organization
from functions.runtime.api import Principal

CACHE_TIME = timedelta(seconds=30)
"""How long a revoked key may still open: half of the minute that is promised."""

_SCHEME = "bearer"


class Keys(Protocol):
    def find(self, sha256: str) -> ApiKey | None: ...


class Organizations(Protocol):
    def get(self, organization_id: str) -> Organization: ...


class Authenticator:
    """Checks keys, remembering what it read for `CACHE_TIME`.

    A test organization is read anew at every call, because its clock is part of the answer.
    """

    def __init__(self, *, keys: Keys, organizations: Organizations, real_now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._organizations = organizations
        self._real_now = real_now
        self._seen: dict[str, tuple[datetime, ApiKey, Organization]] = {}

    def __call__(self, authorization: str | None) -> Principal:
        """Raises Forbidden; the sentence never tells whether a key exists."""
        now = self._real_now()
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != _SCHEME or not secret.strip():
            raise Forbidden("the API key is missing, expected the header 'Authorization: Bearer <key>'")
        key, organization = self._look_up(hash_secret(secret.strip()), now)
        if not key.is_valid(now):
            raise Forbidden("the API key is not valid")
        return Principal(
            organization_id=organization.id,
            now=organization.now(now),
            test=organization.test,
            scopes=frozenset(key.scopes),
            default_currency=organization.default_currency,
        )

    def _look_up(self, sha256: str, now: datetime) -> tuple[ApiKey, Organization]:
        read_at, key, organization = self._seen.get(sha256, (None, None, None))
        if key is None or organization is None or read_at is None or now - read_at > CACHE_TIME:
            key = self._keys.find(sha256)
            if key is None:
                raise Forbidden("the API key is not valid")
            organization = self._organizations.get(key.organization_id)
            self._seen[sha256] = (now, key, organization)
        elif organization.test:
            organization = self._organizations.get(key.organization_id)
        return key, organization


def hash_secret(secret: str) -> str:
    """What is stored of a key: with 256 random bits in it, a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()
