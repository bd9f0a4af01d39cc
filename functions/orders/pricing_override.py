"""The order line override: the same pricing in another casing, with one price point (contract 2.6)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from functions.billing.models.entity import CurrencyCode
from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    ChargeType,
    MinorAmount,
    PricePoint,
    Pricing,
    Quantity,
    SignalType,
    default_timing,
)
from functions.runtime.wire import Creation

ExistingModel = Literal["perUnit"]
"""The models that exist; the sentence that refuses another names them."""


class OverridePricePoint(Creation):
    currency: CurrencyCode | None = None
    unit_price: MinorAmount
    min_quantity: Quantity = 0
    max_quantity: Quantity | None = None
    included_quantity: Quantity = 0


class PricingOverride(Creation):
    charge_type: ChargeType
    pricing_model: ExistingModel
    price_points: OverridePricePoint
    event_name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    signal_type: SignalType | None = None
    billing_frequency: BillingFrequency = BillingFrequency.MONTHLY
    billing_type: BillingTiming | None = None
    credit_benefits: Annotated[list[object], Field(max_length=0)] = []

    def pricing(self, order_currency: str) -> Pricing:
        """The core's form; a price point without a currency is in the order's."""
        point = self.price_points
        return Pricing(
            charge_type=self.charge_type,
            timing=self.billing_type or default_timing(self.charge_type),
            frequency=self.billing_frequency,
            event_name=self.event_name,
            signal_type=self.signal_type,
            price_points=(
                PricePoint(
                    currency=point.currency or order_currency,
                    unit_price_minor=point.unit_price,
                    included_quantity=point.included_quantity,
                    min_quantity=point.min_quantity,
                    max_quantity=point.max_quantity,
                ),
            ),
        )
