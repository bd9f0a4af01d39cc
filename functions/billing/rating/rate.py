"""The one entrance to pricing: a pricing and a quantity give a charge."""

from functions.billing.models.pricing import Pricing, PricingModel
from functions.billing.rating.charge import Charge
from functions.billing.rating.per_unit import rate_per_unit


def rate(pricing: Pricing, quantity: int, *, currency: str) -> Charge:
    """Charges one full billing period. Does not prorate and does not round.

    Raises:
        InvalidInput: the pricing has no price point in `currency`.
    """
    point = pricing.price_in(currency)
    match pricing.model:
        case PricingModel.PER_UNIT:
            return rate_per_unit(point, quantity)
