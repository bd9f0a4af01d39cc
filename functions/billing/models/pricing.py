"""What a priced component costs, in one internal form; each edge of the API translates its own casing to it."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import CurrencyCode, Value


class ChargeType(StrEnum):
    """What makes the quantity: nothing (once or per period), seats, or signals."""

    ONE_TIME = "oneTime"
    RECURRING = "recurring"
    SEAT_BASED = "seatBased"
    USAGE = "usage"


class PricingModel(StrEnum):
    """How a quantity becomes an amount."""

    PER_UNIT = "perUnit"


class BillingTiming(StrEnum):
    """Whether a period is charged when it begins or when it has ended."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class BillingFrequency(StrEnum):
    """How long a period is; CUSTOM takes its months from beside it."""

    MONTHLY = "monthly"


class SignalType(StrEnum):
    """Usage and outcome prices differ by this word alone (contract 2.1)."""

    ACTIVITY = "activity"
    OUTCOME = "outcome"


class FeeType(StrEnum):
    """What a one-time fee is for; shown, never calculated with."""

    SETUP = "setup"
    ONBOARDING = "onboarding"
    IMPLEMENTATION = "implementation"
    MIGRATION = "migration"
    CUSTOM = "custom"


_MONTHS = {BillingFrequency.MONTHLY: 1}

Quantity = Annotated[int, Field(ge=0, le=10**12)]
MinorAmount = Annotated[int, Field(ge=0, le=10**12)]
"""A price in whole minor units; the wire has no smaller unit prices (contract 2.3)."""


class PricePoint(Value):
    """The price in one currency. Quantities are per billing period."""

    currency: CurrencyCode
    unit_price_minor: MinorAmount
    included_quantity: Quantity = 0
    min_quantity: Quantity = 0
    max_quantity: Quantity | None = None

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.max_quantity is not None and self.max_quantity < self.min_quantity:
            raise ValueError(f"maxQuantity {self.max_quantity} is below minQuantity {self.min_quantity}")
        return self


class Pricing(Value):
    """One version of the price of one component, in every currency it is sold in."""

    charge_type: ChargeType
    model: PricingModel = PricingModel.PER_UNIT
    timing: BillingTiming
    frequency: BillingFrequency = BillingFrequency.MONTHLY
    price_points: tuple[PricePoint, ...] = Field(min_length=1)
    event_name: str | None = None
    signal_type: SignalType | None = None
    fee_type: FeeType | None = None

    @model_validator(mode="after")
    def _fits_its_charge_type(self) -> Self:
        if self.charge_type is ChargeType.USAGE and not self.event_name:
            raise ValueError("eventName is missing: usage is counted from signals of that name")
        if self.charge_type is ChargeType.USAGE and self.timing is BillingTiming.ADVANCE:
            raise ValueError("billingType of usage is Advance, expected Arrears: it is not known before")
        currencies = [point.currency for point in self.price_points]
        if len(set(currencies)) < len(currencies):
            raise ValueError(f"pricePoints name a currency twice: {', '.join(currencies)}")
        return self

    @property
    def months(self) -> int:
        """The length of a full period."""
        return _MONTHS[self.frequency]

    def is_sold_in(self, currency: str) -> bool:
        return any(point.currency == currency for point in self.price_points)

    def price_in(self, currency: str) -> PricePoint:
        """The price point of `currency`; its absence is an error, never a zero."""
        for point in self.price_points:
            if point.currency == currency:
                return point
        known = ", ".join(point.currency for point in self.price_points)
        raise InvalidInput(f"there is no price point in {currency}; the pricing has {known}")


def default_timing(charge_type: ChargeType) -> BillingTiming:
    """Usage is known when its period has ended; everything else is charged when it begins (design: calendar)."""
    return BillingTiming.ARREARS if charge_type is ChargeType.USAGE else BillingTiming.ADVANCE
