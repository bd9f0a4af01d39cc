"""The tenant, its clock and its API keys."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import AwareDatetime

from functions.billing.models.entity import CurrencyCode, Entity, Name, Value
from functions.billing.models.tax import TaxSettings
from functions.billing.periods import midnight


class Scope(StrEnum):
    """What a key may be used for. A key holds several; WRITE does not include READ."""

    READ = "read"
    WRITE = "write"
    SIGNALS = "signals"


class Organization(Entity):
    """A tenant. `clock` is None until a test organization's clock is first set; live organizations have none.

    Without `tax` settings its invoices carry none.
    """

    name: Name
    test: bool
    clock: date | None = None
    default_currency: CurrencyCode = "USD"
    tax: TaxSettings | None = None

    def now(self, real_now: datetime) -> datetime:
        """The organization's present: its own standing clock, else the real time (design: test clock)."""
        return real_now if self.clock is None else midnight(self.clock)


class ApiKey(Value):
    """A key without its secret, of which only the SHA-256 is kept."""

    id: str
    organization_id: str
    name: Name
    sha256: str
    test: bool
    scopes: tuple[Scope, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether the key opens anything at `now` (real time, also for test organizations)."""
        expired = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is None and not expired
