"""Pricing as products and `/pricing` write it, in the words of `pricing_wire.py`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from functions.billing.models.pricing import (
    BillingFrequency,
    BillingTiming,
    Bracket,
    ChargeType,
    CreditRule,
    FeeType,
    PricePoint,
    Pricing,
    PricingModel,
    SignalType,
    default_timing,
)
from functions.runtime.fields import Credits, Currency, Factor, Id, WholeNumber
from functions.runtime.price_points import CustomMonths, PriceIn
from functions.runtime.pricing_wire import MEANINGS, PricingInputKind, PricingType, WireFrequency, WireTiming
from functions.runtime.wire import Creation, Part


def _nothing_rolls_over(amount: Decimal) -> Decimal:
    """Refused rather than dropped: a price gives no credits that could roll over, and a customer would miss them."""
    if amount:
        raise ValueError("expected none: what rolls over is said by the creditBenefits that give it (rolloverAmount)")
    return amount


class PricingInput(Creation):
    """Where the quantity of a signal lies in its data; dots lead into objects."""

    kind: PricingInputKind
    path: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "quantity"


class CreditBracketIn(Creation, Part):
    up_to: WholeNumber | None = None
    credit_units: Credits
    credit_units_per_unit: Credits | None = None

    def entity(self) -> Bracket:
        return Bracket(up_to=self.up_to, credits=self.credit_units, per_unit=self.credit_units_per_unit)


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

    pricing_type: PricingType
    price_points: Annotated[list[PricePointIn], Field(max_length=200)] = []
    percentage_value: Factor | None = None
    cost_plus_multiplier: Factor | None = None
    credits_currency_id: Id | None = None
    credit_cost: Credits | None = None
    unit_value: Credits | None = None
    overage_unit_price: WholeNumber | None = None
    credit_rollover_amount: Annotated[Credits, AfterValidator(_nothing_rolls_over)] | None = None
    pricing_input: PricingInput | None = None
    credit_unit_brackets: Annotated[list[CreditBracketIn], Field(max_length=100)] = []
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
            credits=self._credits() if model.takes_credits else None,
            overage_unit_minor=self.overage_unit_price if model.takes_credits and counts_signals else None,
            event_name=self.event_name if counts_signals else None,
            signal_type=self.signal_type if charge_type is ChargeType.USAGE else None,
            fee_type=self.fee_type if once else None,
        )

    def _credits(self) -> CreditRule:
        """Raises ValueError for what is missing. A seat takes the same whatever signals say."""
        is_seat_based = MEANINGS[self.pricing_type][0] is ChargeType.SEAT_BASED
        is_bracketed = MEANINGS[self.pricing_type][1] is PricingModel.BRACKETED_CREDITS
        if self.credits_currency_id is None:
            raise ValueError("creditsCurrencyId is missing, expected the id of a credit currency")
        if is_bracketed and not (self.credit_unit_brackets and self.pricing_input):
            raise ValueError("creditUnitBrackets and pricingInput are missing, expected what a signal's quantity takes")
        if is_seat_based and self.overage_unit_price is not None:
            raise ValueError(f"overageUnitPrice is {self.overage_unit_price}, expected none: seats wait for credits")
        if not is_bracketed and self.credit_cost is None:
            raise ValueError("creditCost is missing, expected the credits that a signal, or a seat, takes")
        return CreditRule(
            currency_id=self.credits_currency_id,
            cost=Decimal(0) if is_bracketed else self.credit_cost or Decimal(0),
            unit_value=self.unit_value,
            quantity_path=None if self.pricing_input is None or is_seat_based else self.pricing_input.path,
            brackets=tuple(each.entity() for each in self.credit_unit_brackets) if is_bracketed else (),
        )
