"""Who calls: an API key in the Authorization header becomes an organization (design: "Who may call").

A key is found by its SHA-256, which whoever guesses keys can work out at home: how long the look-up takes tells at most
how a hash begins, and never how a key does.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from functions.billing.errors import Forbidden
from functions.billing.models.organization import ApiKey, Organization
from functions.runtime.api import Principal

CACHE_TIME = timedelta(seconds=30)
"""How long a revoked key may still open: half of the minute that is promised."""

NOTE_TIME = timedelta(hours=1)
"""How often, at most, a use is noted from here: one write unit for each key, execution environment and hour."""

_SCHEME = "bearer"
_SECRET = re.compile(r"owed_(?:live|test)_[A-Za-z0-9_-]{43}")


class Keys(Protocol):
    def find(self, sha256: str) -> ApiKey | None: ...
    def note_use(self, key: ApiKey, *, now: datetime) -> None: ...


class Organizations(Protocol):
    def get(self, organization_id: str) -> Organization: ...


@dataclass(frozen=True, slots=True)
class _Moment:
    """By two clocks: the one can be set back, the other may stand still while Lambda lets the process sleep."""

    wall: datetime
    uptime_seconds: float

    def is_within(self, time: timedelta, *, of: "_Moment") -> bool:
        by_wall = self.wall - of.wall <= time
        return by_wall and self.uptime_seconds - of.uptime_seconds <= time.total_seconds()


class Authenticator:
    """Checks keys, remembering what it read for `CACHE_TIME`.

    A test organization is read anew at every call, because its clock is part of the answer.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        organizations: Organizations,
        real_now: Callable[[], datetime],
        uptime_seconds: Callable[[], float],
    ) -> None:
        self._keys = keys
        self._organizations = organizations
        self._real_now = real_now
        self._uptime_seconds = uptime_seconds
        self._seen: dict[str, tuple[_Moment, ApiKey, Organization]] = {}
        self._noted: dict[str, _Moment] = {}

    def __call__(self, authorization: str | None) -> Principal:
        """Raises Forbidden; the sentence never tells whether a key exists."""
        moment = _Moment(self._real_now(), self._uptime_seconds())
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != _SCHEME or not secret.strip():
            raise Forbidden("the API key is missing, expected the header 'Authorization: Bearer <key>'")
        key, organization = self._look_up(secret.strip(), moment)
        if not key.is_valid(moment.wall):
            raise _not_valid()
        self._note_use(key, moment)
        return Principal(
            organization_id=organization.id,
            now=organization.now(moment.wall),
            test=organization.test,
            scopes=frozenset(key.scopes),
            default_currency=organization.default_currency,
        )

    def _look_up(self, secret: str, moment: _Moment) -> tuple[ApiKey, Organization]:
        if not _SECRET.fullmatch(secret):
            raise _not_valid()
        sha256 = hash_secret(secret)
        if (seen := self._seen.get(sha256)) is not None and moment.is_within(CACHE_TIME, of=seen[0]):
            _, key, organization = seen
            return key, self._organizations.get(key.organization_id) if organization.test else organization
        self._seen.pop(sha256, None)
        found = self._keys.find(sha256)
        if found is None or not _equal(found.sha256, sha256):
            raise _not_valid()
        organization = self._organizations.get(found.organization_id)
        self._seen[sha256] = (moment, found, organization)
        return found, organization

    def _note_use(self, key: ApiKey, moment: _Moment) -> None:
        noted = self._noted.get(key.id)
        if noted is None or not moment.is_within(NOTE_TIME, of=noted):
            self._noted[key.id] = moment
            self._keys.note_use(key, now=moment.wall)


def hash_secret(secret: str) -> str:
    """What is stored of a key: with 256 random bits in it, a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _equal(ours: str, theirs: str) -> bool:
    """In a time that does not tell where they differ."""
    import hmac  # noqa: PLC0415 - the first look-up has loaded it with boto3, and a cold start need not

    return hmac.compare_digest(ours, theirs)


def _not_valid() -> Forbidden:
    return Forbidden("the API key is not valid")
