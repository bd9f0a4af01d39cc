"""Order lines on the wire, with the prices that they may be sold at instead of the product's (contract 2.6)."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from functions.billing.models.entity import Name
from functions.billing.models.order import Order, OrderLine
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
from functions.billing.usecases.create_order import NewAttribute, NewLine
from functions.runtime.fields import Currency, Id, Whole
from functions.runtime.price_points import FROM_PRODUCT, CustomMonths, NoCreditBenefits, NoCredits, PriceIn, refusing
from functions.runtime.wire import Creation, LongText, Moment, MomentOut, Part, Wire

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

ExistingModel = Annotated[OverrideModel, refusing("prepaidCredits", "bracketedPrepaidCredits", because=FROM_PRODUCT)]


class OverridePricePoint(PriceIn):
    currency: Currency | None = None

    def entity(self) -> PricePoint:
        return self.price_point(self.currency or _NO_CURRENCY)


class PricingOverride(Creation, Part):
    """A pricing in another casing than a product's, with one price point.

    Percentages and multiples of costs are not in this shape; a line gets them from its product. So it does the credits
    that come with a component: those of the product's of that name stay, unless `creditBenefits` is an empty list.
    """

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


class LineType(StrEnum):
    """The lines that an order may be given; the other kinds come from amendments."""

    STANDARD = "STANDARD"


ExistingLineType = Annotated[LineType, refusing("CREDIT", because="no line is one of credit so far")]


class NewAttributeIn(Creation):
    """A component of a line; without a pricing the product's own of that name is copied (ours, beyond the contract)."""

    name: Name
    quantity: Annotated[Whole, Field(ge=0, le=10**9)] | None = None
    pricing: PricingOverride | None = None

    @model_validator(mode="after")
    def _has_a_quantity_or_is_flat(self) -> Self:
        if self.pricing is not None and self.pricing.is_flat and self.quantity not in {None, 1}:
            raise ValueError(f"quantity is {self.quantity}, expected none: the pricingModel is flat")
        return self


class NewLineIn(Creation):
    """`planId` is ours, beyond the contract: without it the line is sold from the product's default plan, if any."""

    product_id: Id
    plan_id: Id | None = None
    name: Name | None = None
    description: LongText = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    attributes: list[NewAttributeIn] | None = None
    line_type: ExistingLineType = LineType.STANDARD

    def new_line(self, currency: str) -> NewLine:
        """Prices given without a currency are in the order's."""
        attributes = None
        if self.attributes is not None:
            attributes = [
                NewAttribute(
                    name=new.name,
                    quantity=new.quantity,
                    pricing=None if new.pricing is None else new.pricing.pricing(currency),
                    keeps_credits=new.pricing is None or new.pricing.credit_benefits is None,
                )
                for new in self.attributes
            ]
        return NewLine(
            product_id=self.product_id,
            plan_id=self.plan_id,
            name=self.name,
            description=self.description,
            start_date=self.start_date,
            end_date=self.end_date,
            attributes=attributes,
        )


class OrderLineOut(Wire):
    id: str
    product_id: str
    plan_id: str | None
    name: str
    description: str | None
    start_date: MomentOut
    end_date: MomentOut | None
    line_type: LineType


def order_line_out(order: Order, line: OrderLine) -> OrderLineOut:
    return OrderLineOut(
        id=line.id,
        product_id=line.product_id,
        plan_id=line.plan_id,
        name=line.name,
        description=line.description,
        start_date=line.start_date or order.start_date,
        end_date=order.line_end(line),
        line_type=LineType.STANDARD,
    )
