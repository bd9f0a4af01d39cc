"""Per-unit prices: every billed unit costs the same."""

from decimal import Decimal

from functions.billing.models.pricing import PricePoint
from functions.billing.rating.charge import Charge


def rate_per_unit(point: PricePoint, quantity: int) -> Charge:
    """Charges `quantity` units of one full period at the unit price, in minor units, unrounded."""
    billed = billed_quantity(point, quantity)
    return Charge(
        quantity=quantity,
        billed_quantity=billed,
        unit_price_minor=point.unit_price_minor,
        amount=Decimal(point.unit_price_minor) * billed,
    )


def billed_quantity(point: PricePoint, quantity: int) -> int:
    """What of `quantity` is charged: less what is included, at least the least, at most the most (design: Prices)."""
    billed = max(quantity - point.included_quantity, 0, point.min_quantity)
    return billed if point.max_quantity is None else min(billed, point.max_quantity)
