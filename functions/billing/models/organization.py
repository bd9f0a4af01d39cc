"""The tenant, its clock and its API keys."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import AwareDatetime

from functions.billing.models.customer import Address
from functions.billing.models.entity import CurrencyCode, Entity, Name, Value
from functions.billing.models.tax import TaxSettings
from functions.billing.periods import midnight


class Scope(StrEnum):
    """What a key may be used for. A key holds several; WRITE does not include READ.

    ADMIN includes them all, and what takes back a posted invoice: to void it, and to bill it again.
    """

    READ = "read"
    WRITE = "write"
    SIGNALS = "signals"
    ADMIN = "admin"


class Letterhead(Value):
    """Who the organization is on its invoices beside its name; `pay_to` are lines such as an IBAN."""

    legal_name: str | None = None
    address: Address | None = None
    email: str | None = None
    pay_to: tuple[str, ...] = ()


class Organization(Entity):
    """A tenant. `clock` is None until a test organization's clock is first set; live organizations have none.

    Without `tax` settings its invoices carry none.
    """

    name: Name
    test: bool
    clock: date | None = None
    default_currency: CurrencyCode = "USD"
    tax: TaxSettings | None = None
    letterhead: Letterhead | None = None

    def now(self, real_now: datetime) -> datetime:
        """The organization's present: its own standing clock, else the real time (design: test clock)."""
        return real_now if self.clock is None else midnight(self.clock)


class ApiKey(Value):
    """A key without its secret, of which only the SHA-256 is kept.

    `retires_at` is when the grace of a rotation is over; `expires_at` is how it was made, and stays.
    """

    id: str
    organization_id: str
    name: Name
    sha256: str
    test: bool
    scopes: tuple[Scope, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    retires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When the key ends by itself; None for never."""
        return min((end for end in (self.expires_at, self.retires_at) if end is not None), default=None)

    def is_valid(self, now: datetime) -> bool:
        """Whether the key opens anything at `now` (real time, also for test organizations)."""
        ended = self.ends_at is not None and self.ends_at <= now
        return self.revoked_at is None and not ended

    def revoked(self, now: datetime) -> "ApiKey":
        """A second time the first moment stays."""
        return self if self.revoked_at is not None else self.model_copy(update={"revoked_at": now})

    def retired(self, at: datetime) -> "ApiKey":
        """With an end that a second rotation may bring nearer and never puts off."""
        return self if self.ends_at is not None and self.ends_at <= at else self.model_copy(update={"retires_at": at})

    def successor_expires_at(self, now: datetime) -> datetime | None:
        """A key that takes this one's place lives as long as this one was made for."""
        return None if self.expires_at is None else now + (self.expires_at - self.created_at)
