"""Credits: what a customer holds beforehand, and what its signals take of it (contract 2.4). Counted in millionths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, JsonValue, model_validator

from functions.billing.models.entity import Entity, Name, Value
from functions.billing.money import EXACT

CREDIT_DIGITS = 6
"""Credits are exact to so many decimals on the wire, and are counted in whole 10^-6 inside."""

MAX_CREDITS = 10**12
"""Of one grant, or of what one signal takes: beyond it somebody has mistaken the unit."""

CurrencyKey = Annotated[str, Field(pattern="^[a-z0-9_-]{1,64}$")]


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

    Whole UTC days, as everything that is billed (design: calendar). `seat_id` is None for credits of the whole
    customer. An infinite grant gives whatever is asked of it; its amount is what was taken.
    """

    id: str
    currency_id: str
    amount_micro: Annotated[int, Field(ge=0)]
    starts_on: date
    expires_on: date | None = None
    rollover: Rollover | None = None
    seat_id: str | None = None
    is_infinite: bool = False

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.expires_on is not None and self.expires_on <= self.starts_on:
            raise ValueError(f"the grant expires on {self.expires_on}, expected a day after {self.starts_on}")
        if self.rollover is not None and (self.expires_on is None or self.rollover.until <= self.expires_on):
            raise ValueError(f"credits roll over until {self.rollover.until}, expected a day after they would expire")
        return self

    @property
    def gone_on(self) -> date | None:
        """The first day on which nothing can be taken any more."""
        return self.expires_on if self.rollover is None else self.rollover.until

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.gone_on is None or day < self.gone_on)


class Bracket(Value):
    """What a signal takes whose quantity is at most `up_to`: a fixed number of credits, or so many for each unit."""

    up_to: int | None = None
    units: Decimal
    units_per_unit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditRule:
    """What a signal takes: `cost` for each unit of its quantity, or what the bracket of its quantity says.

    `path` says where in a signal's data its quantity lies, with dots between names; without one each signal is one.
    """

    cost: Decimal = Decimal(0)
    path: str | None = None
    brackets: Sequence[Bracket] = ()

    def taken_micro(self, data: Mapping[str, JsonValue] | None) -> int:
        """In millionths of a credit, rounded half up at the sixth decimal."""
        quantity = Decimal(1) if self.path is None else quantity_at(self.path, data)
        credits = EXACT.multiply(self.cost, quantity) if not self.brackets else self._of_bracket(quantity)
        micro = credits.scaleb(CREDIT_DIGITS, context=EXACT).quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT)
        return min(int(micro), MAX_CREDITS * 10**CREDIT_DIGITS)

    def _of_bracket(self, quantity: Decimal) -> Decimal:
        bracket = next(each for each in self.brackets if each.up_to is None or quantity <= each.up_to)
        if bracket.units_per_unit is None:
            return bracket.units
        return EXACT.multiply(bracket.units_per_unit, quantity)


def quantity_at(path: str, data: Mapping[str, JsonValue] | None) -> Decimal:
    """The number that lies there, `$.quantity` being the same as `quantity`.

    Where nothing lies there (contract 2.4), or no number of at least nothing, it is one: a signal was sent all the same.
    """
    found: object = data
    for name in path.removeprefix("$.").split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return Decimal(1)
    quantity = Decimal(str(found))
    return quantity if quantity.is_finite() and quantity >= 0 else Decimal(1)
