"""Credits: what a customer holds beforehand, and can give to its signals (contract 2.4). Counted in millionths."""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import Entity, Name, Value, unwritten
from functions.billing.periods import ALWAYS, day_of, end_day_of, last_moment_of, midnight


def _key(text: str) -> str:
    if not re.fullmatch("[a-z0-9_-]{1,64}", text):
        raise ValueError("expected 1 to 64 characters of a-z, 0-9, _ and -, such as pages")
    return text


CurrencyKey = Annotated[str, AfterValidator(_key), Field(json_schema_extra={"pattern": "^[a-z0-9_-]{1,64}$"})]


class CreditCurrencyStatus(StrEnum):
    """An archived currency takes no new grants and no new prices; what was granted in it burns on."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class CreditCurrency(Entity):
    """A kind of credits, such as `emails`; its key is unique in the organization, and is kept as the external id."""

    name: Name
    description: str | None = None
    status: CreditCurrencyStatus = CreditCurrencyStatus.ACTIVE
    archived_at: AwareDatetime | None = None

    @property
    def key(self) -> str:
        return self.external_id or ""


class Rollover(Value):
    """What of a grant outlives its period: no more than `amount_micro`, on the days before `until`."""

    amount_micro: Annotated[int, Field(ge=0)]
    until: date


class CreditGrant(Value):
    """Credits that can be taken on the days from `starts_on` up to, but not including, `expires_on`.

    Whole UTC days, as everything that is billed (design: calendar). It opens when it is given, wherever it starts:
    nothing changes of what was taken and charged before. `seat_id` is None for credits of the whole customer. An
    infinite grant gives whatever is asked of it; its amount is what was taken. `order_id` is None for what was given by
    hand, which has the moments that were said. What an amendment ends `stops_on` its day. Where the end of what it came
    with cuts it off, it is taken in its turn as if nobody had known: by the day until which it `would_last`.
    """

    id: str
    currency_id: str
    amount_micro: Annotated[int, Field(ge=0)]
    starts_on: date
    given_at: AwareDatetime = ALWAYS
    expires_on: date | None = None
    rollover: Rollover | None = None
    seat_id: str | None = None
    is_infinite: bool = False
    order_id: str | None = None
    created_at: AwareDatetime | None = None
    stops_on: date | None = None
    would_last: date | None = None
    starts_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.expires_on is not None and self.expires_on <= self.starts_on:
            raise ValueError(f"the grant expires on {self.expires_on}, expected a day after {self.starts_on}")
        if self.rollover is not None and (self.expires_on is None or self.rollover.until <= self.expires_on):
            raise ValueError(f"credits roll over until {self.rollover.until}, expected a day after they would expire")
        return self

    @property
    def opens_at(self) -> datetime:
        """From when on it is taken.

        One of an order begins with the needs of its first day, when that ends: until then an amendment may end it as if
        it never had been, and nothing may be charged that it met.
        """
        begins = midnight(self.starts_on) if self.order_id is None else last_moment_of(self.starts_on)
        return max(begins, self.given_at)

    @property
    def lasts_until(self) -> date | None:
        """The day on which it is gone if nothing comes between."""
        return self.expires_on if self.rollover is None else self.rollover.until

    @property
    def turn(self) -> tuple[date, date, str]:
        """The sooner it is to be gone, the sooner it is taken; no end that is set, or moves, changes what was taken."""
        return self.would_last or self.lasts_until or date.max, self.starts_on, self.id

    @property
    def gone_on(self) -> date | None:
        """The first day on which nothing can be taken any more."""
        days = [day for day in (self.lasts_until, self.stops_on) if day is not None]
        return min(days, default=None)

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.gone_on is None or day < self.gone_on)


class ManualGrant(Value):
    """Credits that somebody gave by hand, as they were given: the days that they hold on follow from the moments.

    Of one `is_undated` nobody said when it starts: it starts when it was asked for.
    """

    id: str
    currency_id: str
    amount_micro: Annotated[int, Field(gt=0)]
    starts_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    created_at: AwareDatetime
    is_undated: bool = unwritten(default=False)

    def is_like(self, other: "ManualGrant") -> bool:
        """Whether both say the same, nothing of when they start, and came within moments of each other.

        That is the same request sent again: the clients name nothing that a repeat of theirs has in common.
        """
        if not (self.is_undated and other.is_undated):
            return False
        said = (self.currency_id, self.amount_micro, self.expires_at)
        is_same = said == (other.currency_id, other.amount_micro, other.expires_at)
        return is_same and abs(self.starts_at - other.starts_at) <= _REPEATED_WITHIN

    @property
    def grant(self) -> CreditGrant:
        return CreditGrant(
            id=self.id,
            currency_id=self.currency_id,
            amount_micro=self.amount_micro,
            starts_on=day_of(self.starts_at),
            given_at=self.created_at,
            expires_on=None if self.expires_at is None else end_day_of(self.expires_at),
            created_at=self.created_at,
            starts_at=self.starts_at,
            expires_at=self.expires_at,
        )


MAX_MANUAL_GRANTS = 5_000
"""Of one customer, ever: they lie in one item, so that whoever counts credits reads them at once.

One takes at most about 66 bytes there, and an item holds 395,000.
"""

_REPEATED_WITHIN = timedelta(minutes=2)
"""The published clients send a request again that was answered with 5xx: twice at most, and in about a minute."""


class CreditBook(Value):
    """Everything that was granted to one customer by hand; entries are added, and never changed."""

    grants: tuple[ManualGrant, ...] = ()

    def repeated(self, grant: ManualGrant) -> ManualGrant | None:
        """The grant that is given already with this one: that of its id, or one just like it from moments ago."""
        return next((each for each in self.grants if grant.id == each.id or grant.is_like(each)), None)

    def with_grant(self, grant: ManualGrant) -> "CreditBook":
        """Raises InvalidInput when the book is full."""
        if len(self.grants) >= MAX_MANUAL_GRANTS:
            raise InvalidInput(
                f"the customer was given {len(self.grants)} grants by hand, expected fewer than {MAX_MANUAL_GRANTS} "
                "ever: credits that come again and again are those of an order (creditBenefits)"
            )
        return CreditBook(grants=(*self.grants, grant))
