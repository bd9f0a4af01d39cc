"""The one entrance to pricing: a pricing and a quantity give a charge."""

from decimal import Decimal

from functions.billing.models.pricing import Pricing, PricingModel
from functions.billing.rating.charge import Charge, Number
from functions.billing.rating.linear import rate_cost_plus, rate_overage, rate_per_unit, rate_percent_of_total
from functions.billing.rating.tiered import rate_graduated, rate_volume


def rate(pricing: Pricing, quantity: Number, *, currency: str) -> Charge:
    """Charges one full billing period. Does not prorate and does not round.

    The quantity of a multiple is what it is a multiple of: costs in 10^-12 major units, or other lines in minor units.
    That of credits is what no grant held for, in 10^-6 credits.

    Raises:
        InvalidInput: the pricing has no price point in `currency`.
    """
    match pricing.model:
        case PricingModel.PER_UNIT:
            return rate_per_unit(pricing.price_in(currency), quantity)
        case PricingModel.GRADUATED:
            return rate_graduated(pricing.price_in(currency), quantity)
        case PricingModel.VOLUME:
            return rate_volume(pricing.price_in(currency), quantity)
        case PricingModel.COST_PLUS:
            return rate_cost_plus(pricing.multiplier or Decimal(0), quantity, currency=currency)
        case PricingModel.PERCENT_OF_TOTAL:
            return rate_percent_of_total(pricing.percentage or Decimal(0), quantity)
        case PricingModel.PREPAID_CREDITS | PricingModel.BRACKETED_CREDITS:
            return rate_overage(pricing.overage_unit_minor or 0, quantity)
