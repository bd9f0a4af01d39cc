"""Pricing as products and `/pricing` write it (contract 2.2); inside there is one form, `Pricing`.

Orders write it in another casing (contract 2.6): see `functions/orders/pricing_override.py`.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, JsonValue, StringConstraints, model_validator

from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    ChargeType,
    FeeType,
    PricePoint,
    Pricing,
    PricingModel,
    SignalType,
    default_timing,
)
from functions.runtime.fields import Currency, WholeNumber
from functions.runtime.wire import Creation, Part, Sparse


class PricingType(StrEnum):
    """The pricing types that exist so far; a request with another is told of these."""

    ONE_TIME_PER_UNIT = "OneTimePerUnit"
    RECURRING_PER_UNIT = "RecurringPerUnit"
    SEAT_BASED_PER_UNIT = "SeatBasedPerUnit"
    USAGE_PER_UNIT = "UsagePerUnit"


_MEANINGS = {
    PricingType.ONE_TIME_PER_UNIT: (ChargeType.ONE_TIME, PricingModel.PER_UNIT),
    PricingType.RECURRING_PER_UNIT: (ChargeType.RECURRING, PricingModel.PER_UNIT),
    PricingType.SEAT_BASED_PER_UNIT: (ChargeType.SEAT_BASED, PricingModel.PER_UNIT),
    PricingType.USAGE_PER_UNIT: (ChargeType.USAGE, PricingModel.PER_UNIT),
}
_TYPES = {meaning: pricing_type for pricing_type, meaning in _MEANINGS.items()}


class WireModel(StrEnum):
    """`PricingModel` in this surface's casing."""

    PER_UNIT = "PerUnit"


class WireFrequency(StrEnum):
    """`BillingFrequency` in this surface's casing."""

    MONTHLY = "Monthly"


class WireTiming(StrEnum):
    """`BillingTiming` in this surface's casing."""

    ADVANCE = "Advance"
    ARREARS = "Arrears"


def _no_tiers(tiers: list[JsonValue]) -> list[JsonValue]:
    if tiers:
        raise ValueError("expected no tiers, a price per unit has none")
    return tiers


NoTiers = Annotated[list[JsonValue], AfterValidator(_no_tiers)]


def _no_credits(benefits: list[JsonValue]) -> list[JsonValue]:
    if benefits:
        raise ValueError("credits do not exist yet, expected an empty list")
    return benefits


NoCreditBenefits = Annotated[list[JsonValue], AfterValidator(_no_credits)] | None
"""Refused rather than dropped: a customer would miss credits that were promised."""


class PricePointIn(Creation, Part):
    currency: Currency
    unit_price: WholeNumber
    included_quantity: WholeNumber = 0
    min_quantity: WholeNumber = 0
    max_quantity: WholeNumber | None = None
    tiers: NoTiers = []

    def entity(self) -> PricePoint:
        return PricePoint(
            currency=self.currency,
            unit_price_minor=self.unit_price,
            included_quantity=self.included_quantity,
            min_quantity=self.min_quantity,
            max_quantity=self.max_quantity,
        )


class PricingIn(Creation, Part):
    """Any of the pricing types; fields that mean nothing to the given one are ignored."""

    pricing_type: PricingType
    price_points: Annotated[list[PricePointIn], Field(min_length=1, max_length=200)]
    billing_frequency: WireFrequency | None = None
    billing_type: WireTiming | None = None
    event_name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    signal_type: SignalType | None = None
    fee_type: FeeType | None = None

    @model_validator(mode="after")
    def _says_how_often(self) -> Self:
        """A month is no fair guess at what somebody charges once a year."""
        recurs = self.pricing_type in {PricingType.RECURRING_PER_UNIT, PricingType.SEAT_BASED_PER_UNIT}
        if recurs and self.billing_frequency is None:
            known = ", ".join(WireFrequency)
            raise ValueError(f"billingFrequency is missing, expected one of {known}")
        return self

    def entity(self) -> Pricing:
        charge_type, model = _MEANINGS[self.pricing_type]
        counts_signals = charge_type is ChargeType.USAGE
        frequency, timing = self.billing_frequency, self.billing_type
        return Pricing(
            charge_type=charge_type,
            model=model,
            timing=default_timing(charge_type) if timing is None else BillingTiming[timing.name],
            frequency=BillingFrequency.MONTHLY if frequency is None else BillingFrequency[frequency.name],
            price_points=tuple(point.entity() for point in self.price_points),
            event_name=self.event_name if counts_signals else None,
            signal_type=self.signal_type if counts_signals else None,
            fee_type=self.fee_type if charge_type is ChargeType.ONE_TIME else None,
        )


class PricePointOut(Sparse):
    currency: str
    unit_price: int
    included_quantity: int | None
    min_quantity: int | None
    max_quantity: int | None


class PricingOut(Sparse):
    pricing_type: PricingType
    charge_type: ChargeType
    pricing_model: WireModel
    event_name: str | None
    signal_type: SignalType | None
    billing_frequency: WireFrequency | None
    billing_type: WireTiming
    price_points: list[PricePointOut]


def pricing_out(pricing: Pricing) -> PricingOut:
    once = pricing.charge_type is ChargeType.ONE_TIME
    return PricingOut(
        pricing_type=_TYPES[pricing.charge_type, pricing.model],
        charge_type=pricing.charge_type,
        pricing_model=WireModel[pricing.model.name],
        event_name=pricing.event_name,
        signal_type=pricing.signal_type,
        billing_frequency=None if once else WireFrequency[pricing.frequency.name],
        billing_type=WireTiming[pricing.timing.name],
        price_points=[
            PricePointOut(
                currency=point.currency,
                unit_price=point.unit_price_minor,
                included_quantity=point.included_quantity or None,
                min_quantity=point.min_quantity or None,
                max_quantity=point.max_quantity,
            )
            for point in pricing.price_points
        ],
    )
