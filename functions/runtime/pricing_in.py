"""Pricing as products and `/pricing` write it, in the words of `pricing_wire.py`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, WithJsonSchema, model_validator

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
from functions.runtime.fields import Currency
from functions.runtime.price_points import CustomMonths, PriceIn, refusing_credits
from functions.runtime.pricing_wire import MEANINGS, PricingType, WireFrequency, WireTiming
from functions.runtime.wire import Creation, Part

_MAX_FACTOR = 1000
_SMALLEST_STEP = Decimal("0.000001")


def _exact(value: object) -> Decimal:
    """The number as it was typed: within these bounds a double names each decimal, and prints it again."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expected a number")  # noqa: TRY004 - pydantic lets a TypeError through
    if not 0 <= value <= _MAX_FACTOR:
        raise ValueError(f"expected a number from 0 to {_MAX_FACTOR}")
    exact = Decimal(int(value)) if value == int(value) else Decimal(str(value))
    if exact % _SMALLEST_STEP:
        raise ValueError("expected at most 6 decimals")
    return exact


Factor = Annotated[
    Decimal,
    BeforeValidator(_exact),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": _MAX_FACTOR,
            "description": "At most 6 decimals.",
            "examples": [1.25],
        },
        mode="validation",
    ),
]
"""What other amounts are multiplied by."""


ExistingType = Annotated[
    PricingType, refusing_credits("SeatBasedPrepaidCredits", "UsagePrepaidCredits", "UsageBracketedPrepaidCredits")
]


_A_FEE: dict[str, JsonValue] = {
    "pricingType": "RecurringPerUnit",
    "billingFrequency": "Monthly",
    "pricePoints": [{"currency": "USD", "unitPrice": 11200}],
}
_BY_USE: dict[str, JsonValue] = {
    "pricingType": "UsageGraduated",
    "eventName": "email_sent",
    "pricePoints": [
        {"currency": "USD", "unitPrice": 0, "tiers": [{"upperBound": 100, "unitAmount": 10}, {"unitAmount": 8}]}
    ],
}


class PricePointIn(PriceIn):
    currency: Currency

    def entity(self) -> PricePoint:
        return self.price_point(self.currency)


class PricingIn(Creation, Part):
    """Any of the pricing types.

    Ignored are price points where the amount is a multiple of others, and whatever says nothing about the amount.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_A_FEE, _BY_USE]})

    pricing_type: ExistingType
    price_points: Annotated[list[PricePointIn], Field(max_length=200)] = []
    percentage_value: Factor | None = None
    cost_plus_multiplier: Factor | None = None
    billing_frequency: WireFrequency | None = None
    billing_frequency_custom_months: CustomMonths = None
    billing_type: WireTiming | None = None
    event_name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    signal_type: SignalType | None = None
    fee_type: FeeType | None = None

    @model_validator(mode="after")
    def _says_how_often(self) -> Self:
        """A month is no fair guess at what somebody charges once a year."""
        charge_type, _ = MEANINGS[self.pricing_type]
        recurs = charge_type in {ChargeType.RECURRING, ChargeType.SEAT_BASED}
        if recurs and self.billing_frequency is None:
            known = ", ".join(WireFrequency)
            raise ValueError(f"billingFrequency is missing, expected one of {known}")
        return self

    def entity(self) -> Pricing:
        charge_type, model = MEANINGS[self.pricing_type]
        counts_signals = charge_type is ChargeType.USAGE and model is not PricingModel.COST_PLUS
        once = charge_type is ChargeType.ONE_TIME
        frequency = WireFrequency.MONTHLY if once else self.billing_frequency or WireFrequency.MONTHLY
        timing = default_timing(charge_type) if self.billing_type is None else BillingTiming[self.billing_type.name]
        return Pricing(
            charge_type=charge_type,
            model=model,
            timing=timing,
            frequency=BillingFrequency[frequency.name],
            custom_months=None if once else self.billing_frequency_custom_months,
            price_points=tuple(point.entity() for point in self.price_points),
            percentage=self.percentage_value,
            multiplier=self.cost_plus_multiplier,
            event_name=self.event_name if counts_signals else None,
            signal_type=self.signal_type if charge_type is ChargeType.USAGE else None,
            fee_type=self.fee_type if once else None,
        )
