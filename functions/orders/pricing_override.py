"""The order line override: the same pricing in another casing, with one price point (contract 2.6).

Percentages and multiples of costs are not in this shape; a line gets them from its product.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    ChargeType,
    PricePoint,
    Pricing,
    PricingModel,
    SignalType,
    default_timing,
)
from functions.billing.rating.linear import billed_quantity
from functions.runtime.fields import Currency
from functions.runtime.price_points import CustomMonths, NoCreditBenefits, NoCredits, PriceIn, refusing_credits
from functions.runtime.wire import Creation, Part

_NO_CURRENCY = "XXX"
"""ISO 4217's own word for it: in its place until the order's currency is known."""


class OverrideModel(StrEnum):
    """The models that exist; flat is an amount that no quantity multiplies: one unit, whoever counts."""

    PER_UNIT = "perUnit"
    VOLUME = "volumePricing"
    GRADUATED = "graduatedPricing"
    FLAT = "flat"


_MODELS = {
    OverrideModel.PER_UNIT: PricingModel.PER_UNIT,
    OverrideModel.VOLUME: PricingModel.VOLUME,
    OverrideModel.GRADUATED: PricingModel.GRADUATED,
    OverrideModel.FLAT: PricingModel.PER_UNIT,
}

ExistingModel = Annotated[OverrideModel, refusing_credits("prepaidCredits", "bracketedPrepaidCredits")]


class OverridePricePoint(PriceIn):
    currency: Currency | None = None

    def entity(self) -> PricePoint:
        return self.price_point(self.currency or _NO_CURRENCY)


class PricingOverride(Creation, Part):
    charge_type: ChargeType
    pricing_model: ExistingModel
    price_points: OverridePricePoint
    event_name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    signal_type: SignalType | None = None
    billing_frequency: BillingFrequency = BillingFrequency.MONTHLY
    billing_frequency_custom_months: CustomMonths = None
    billing_type: BillingTiming | None = None
    credit_benefits: NoCreditBenefits = None
    credits_currency_id: NoCredits = None
    credit_cost: NoCredits = None
    overage_unit_price: NoCredits = None
    credit_rollover_amount: NoCredits = None
    pricing_input: NoCredits = None
    credit_unit_brackets: NoCredits = None

    @property
    def is_flat(self) -> bool:
        return self.pricing_model is OverrideModel.FLAT

    @model_validator(mode="after")
    def _is_flat_or_has_quantities(self) -> Self:
        """What would change a flat amount is refused, so that nobody takes it for counted."""
        if self.is_flat and self.charge_type not in {ChargeType.ONE_TIME, ChargeType.RECURRING}:
            raise ValueError(
                f"pricingModel is flat, but chargeType is {self.charge_type}: "
                "expected oneTime or recurring, the others count signals or seats"
            )
        if self.is_flat and billed_quantity(self.price_points.entity(), 1) != 1:
            raise ValueError(
                "pricingModel is flat, expected pricePoints without includedQuantity, minQuantity and maxQuantity"
            )
        return self

    @model_validator(mode="after")
    def _is_one_of_the_pricing_types(self) -> Self:
        """A price that products cannot have could not be shown in their words either."""
        model = _MODELS[self.pricing_model]
        if self.charge_type is ChargeType.ONE_TIME and model.has_tiers:
            raise ValueError(
                f"pricingModel is {self.pricing_model}, but chargeType is oneTime: expected perUnit or flat"
            )
        return self

    def entity(self) -> Pricing:
        counts_signals = self.charge_type is ChargeType.USAGE
        return Pricing(
            charge_type=self.charge_type,
            model=_MODELS[self.pricing_model],
            timing=self.billing_type or default_timing(self.charge_type),
            frequency=self.billing_frequency,
            custom_months=self.billing_frequency_custom_months,
            event_name=self.event_name if counts_signals else None,
            signal_type=self.signal_type if counts_signals else None,
            price_points=(self.price_points.entity(),),
        )

    def pricing(self, order_currency: str) -> Pricing:
        """The core's form; a price point without a currency is in the order's."""
        pricing = self.entity()
        if self.price_points.currency is not None:
            return pricing
        point = self.price_points.entity().model_copy(update={"currency": order_currency})
        return pricing.model_copy(update={"price_points": (point,)})
