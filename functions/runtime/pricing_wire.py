"""Pricing as products and `/pricing` write it (contract 2.2): its words, and how a pricing is shown.

Inside there is one form, `Pricing`. What is written is read in `pricing_in.py`; orders write another casing
(contract 2.6): see `functions/orders/line_schemas.py`.
"""

from enum import StrEnum

from functions.billing.models.pricing import ChargeType, CreditRule, PricePoint, Pricing, PricingModel, SignalType
from functions.billing.models.tiers import Tier, lower_bound
from functions.runtime.price_points import TierBillingType
from functions.runtime.wire import NumberOut, Sparse


class PricingType(StrEnum):
    """All there are; a request with another is told of these."""

    ONE_TIME_PER_UNIT = "OneTimePerUnit"
    RECURRING_PER_UNIT = "RecurringPerUnit"
    RECURRING_VOLUME = "RecurringVolume"
    RECURRING_GRADUATED = "RecurringGraduated"
    RECURRING_PERCENT_OF_TOTAL = "RecurringPercentOfTotal"
    SEAT_BASED_PER_UNIT = "SeatBasedPerUnit"
    SEAT_BASED_VOLUME = "SeatBasedVolume"
    SEAT_BASED_GRADUATED = "SeatBasedGraduated"
    USAGE_PER_UNIT = "UsagePerUnit"
    USAGE_VOLUME = "UsageVolume"
    USAGE_GRADUATED = "UsageGraduated"
    USAGE_COST_PLUS = "UsageCostPlus"
    USAGE_PREPAID_CREDITS = "UsagePrepaidCredits"
    USAGE_BRACKETED_PREPAID_CREDITS = "UsageBracketedPrepaidCredits"
    SEAT_BASED_PREPAID_CREDITS = "SeatBasedPrepaidCredits"


MEANINGS = {
    PricingType.ONE_TIME_PER_UNIT: (ChargeType.ONE_TIME, PricingModel.PER_UNIT),
    PricingType.RECURRING_PER_UNIT: (ChargeType.RECURRING, PricingModel.PER_UNIT),
    PricingType.RECURRING_VOLUME: (ChargeType.RECURRING, PricingModel.VOLUME),
    PricingType.RECURRING_GRADUATED: (ChargeType.RECURRING, PricingModel.GRADUATED),
    PricingType.RECURRING_PERCENT_OF_TOTAL: (ChargeType.RECURRING, PricingModel.PERCENT_OF_TOTAL),
    PricingType.SEAT_BASED_PER_UNIT: (ChargeType.SEAT_BASED, PricingModel.PER_UNIT),
    PricingType.SEAT_BASED_VOLUME: (ChargeType.SEAT_BASED, PricingModel.VOLUME),
    PricingType.SEAT_BASED_GRADUATED: (ChargeType.SEAT_BASED, PricingModel.GRADUATED),
    PricingType.USAGE_PER_UNIT: (ChargeType.USAGE, PricingModel.PER_UNIT),
    PricingType.USAGE_VOLUME: (ChargeType.USAGE, PricingModel.VOLUME),
    PricingType.USAGE_GRADUATED: (ChargeType.USAGE, PricingModel.GRADUATED),
    PricingType.USAGE_COST_PLUS: (ChargeType.USAGE, PricingModel.COST_PLUS),
    PricingType.USAGE_PREPAID_CREDITS: (ChargeType.USAGE, PricingModel.PREPAID_CREDITS),
    PricingType.USAGE_BRACKETED_PREPAID_CREDITS: (ChargeType.USAGE, PricingModel.BRACKETED_CREDITS),
    PricingType.SEAT_BASED_PREPAID_CREDITS: (ChargeType.SEAT_BASED, PricingModel.PREPAID_CREDITS),
}
_TYPES = {meaning: pricing_type for pricing_type, meaning in MEANINGS.items()}


class WireModel(StrEnum):
    """`PricingModel` in this surface's casing."""

    PER_UNIT = "PerUnit"
    VOLUME = "VolumePricing"
    GRADUATED = "GraduatedPricing"
    PERCENT_OF_TOTAL = "PercentOfTotal"
    COST_PLUS = "CostPlus"
    PREPAID_CREDITS = "PrepaidCredits"
    BRACKETED_CREDITS = "BracketedPrepaidCredits"


class WireFrequency(StrEnum):
    """`BillingFrequency` in this surface's casing."""

    MONTHLY = "Monthly"
    QUARTERLY = "Quarterly"
    SEMI_ANNUALLY = "Semi-Annually"
    ANNUAL = "Annual"
    CUSTOM = "Custom"


class WireTiming(StrEnum):
    """`BillingTiming` in this surface's casing."""

    ADVANCE = "Advance"
    ARREARS = "Arrears"


class TierOut(Sparse):
    lower_bound: int
    upper_bound: int | None
    unit_amount: int | None
    flat_amount: int | None
    tier_billing_type: TierBillingType | None


class PricePointOut(Sparse):
    currency: str
    unit_price: int
    tiers: list[TierOut] | None
    included_quantity: int | None
    min_quantity: int | None
    max_quantity: int | None


class PricingInputKind(StrEnum):
    """Where the quantity of a signal comes from: its own data, and nowhere else so far."""

    SIGNAL_QUANTITY = "signalQuantity"


class PricingInputOut(Sparse):
    kind: PricingInputKind
    path: str


class CreditBracketOut(Sparse):
    up_to: int | None
    credit_units: NumberOut
    credit_units_per_unit: NumberOut | None


class PricingOut(Sparse):
    """Beyond the contract: `billingFrequencyCustomMonths`, without which Custom would say nothing, and how credits go.

    That is `overageUnitPrice`, `pricingInput` and `creditUnitBrackets`.
    """

    pricing_type: PricingType
    charge_type: ChargeType
    pricing_model: WireModel
    event_name: str | None
    signal_type: SignalType | None
    billing_frequency: WireFrequency | None
    billing_frequency_custom_months: int | None
    billing_type: WireTiming
    percentage_value: NumberOut | None
    cost_plus_multiplier: NumberOut | None
    credits_currency_id: str | None
    credit_cost: NumberOut | None
    unit_value: NumberOut | None
    overage_unit_price: int | None
    pricing_input: PricingInputOut | None
    credit_unit_brackets: list[CreditBracketOut] | None
    price_points: list[PricePointOut]


def pricing_out(pricing: Pricing) -> PricingOut:
    once = pricing.charge_type is ChargeType.ONE_TIME
    rule = pricing.credits
    path = None if rule is None else rule.quantity_path
    return PricingOut(
        pricing_type=_TYPES[pricing.charge_type, pricing.model],
        charge_type=pricing.charge_type,
        pricing_model=WireModel[pricing.model.name],
        event_name=pricing.event_name,
        signal_type=pricing.signal_type,
        billing_frequency=None if once else WireFrequency[pricing.frequency.name],
        billing_frequency_custom_months=pricing.custom_months,
        billing_type=WireTiming[pricing.timing.name],
        percentage_value=pricing.percentage,
        cost_plus_multiplier=pricing.multiplier,
        credits_currency_id=None if rule is None else rule.currency_id,
        credit_cost=None if rule is None or rule.brackets else rule.cost,
        unit_value=None if rule is None else rule.unit_value,
        overage_unit_price=pricing.overage_unit_minor,
        pricing_input=None if path is None else PricingInputOut(kind=PricingInputKind.SIGNAL_QUANTITY, path=path),
        credit_unit_brackets=_brackets_out(rule),
        price_points=[_price_point_out(point) for point in pricing.price_points],
    )


def _brackets_out(rule: CreditRule | None) -> list[CreditBracketOut] | None:
    return [
        CreditBracketOut(up_to=each.up_to, credit_units=each.credits, credit_units_per_unit=each.per_unit)
        for each in (() if rule is None else rule.brackets)
    ] or None


def _price_point_out(point: PricePoint) -> PricePointOut:
    return PricePointOut(
        currency=point.currency,
        unit_price=point.unit_price_minor,
        tiers=[_tier_out(point.tiers, index) for index in range(len(point.tiers))] or None,
        included_quantity=point.included_quantity or None,
        min_quantity=point.min_quantity or None,
        max_quantity=point.max_quantity,
    )


def _tier_out(tiers: tuple[Tier, ...], index: int) -> TierOut:
    """`tierBillingType` names the only amount that there is; where there are two, neither word would be true."""
    tier = tiers[index]
    billing_type = None
    if tier.unit_minor is None or tier.flat_minor is None:
        billing_type = TierBillingType.FLAT if tier.unit_minor is None else TierBillingType.PER_UNIT
    return TierOut(
        lower_bound=lower_bound(tiers, index),
        upper_bound=tier.up_to,
        unit_amount=tier.unit_minor,
        flat_amount=tier.flat_minor,
        tier_billing_type=billing_type,
    )
