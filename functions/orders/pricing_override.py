"""The order line override: the same pricing in another casing, with one price point (contract 2.6)."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    ChargeType,
    PricePoint,
    Pricing,
    SignalType,
    default_timing,
)
from functions.runtime.fields import Currency, WholeNumber
from functions.runtime.pricing_wire import NoCreditBenefits, NoTiers
from functions.runtime.wire import Creation, Part

_NO_CURRENCY = "XXX"
"""ISO 4217's own word for it: in its place until the order's currency is known."""

ExistingModel = Literal["perUnit"]
"""The models that exist; the sentence that refuses another names them."""


class OverridePricePoint(Creation, Part):
    currency: Currency | None = None
    unit_price: WholeNumber
    min_quantity: WholeNumber = 0
    max_quantity: WholeNumber | None = None
    included_quantity: WholeNumber = 0
    tiers: NoTiers = []

    def entity(self) -> PricePoint:
        return PricePoint(
            currency=self.currency or _NO_CURRENCY,
            unit_price_minor=self.unit_price,
            included_quantity=self.included_quantity,
            min_quantity=self.min_quantity,
            max_quantity=self.max_quantity,
        )


class PricingOverride(Creation, Part):
    charge_type: ChargeType
    pricing_model: ExistingModel
    price_points: OverridePricePoint
    event_name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    signal_type: SignalType | None = None
    billing_frequency: BillingFrequency = BillingFrequency.MONTHLY
    billing_type: BillingTiming | None = None
    credit_benefits: NoCreditBenefits = None

    def entity(self) -> Pricing:
        return Pricing(
            charge_type=self.charge_type,
            timing=self.billing_type or default_timing(self.charge_type),
            frequency=self.billing_frequency,
            event_name=self.event_name,
            signal_type=self.signal_type,
            price_points=(self.price_points.entity(),),
        )

    def pricing(self, order_currency: str) -> Pricing:
        """The core's form; a price point without a currency is in the order's."""
        pricing = self.entity()
        if self.price_points.currency is not None:
            return pricing
        point = self.price_points.entity().model_copy(update={"currency": order_currency})
        return pricing.model_copy(update={"price_points": (point,)})
