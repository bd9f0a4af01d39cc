"""Tiered prices. Graduated: each slice at its own tier. Volume: all units at the tier that the whole quantity reaches.

    tiers 0-5, 6-10, 11-   12 units:  graduated  |--5 at the first--|--5 at the second--|--2 at the third--|
                                      volume     |------------------ 12 at the third ----------------------|

A flat amount is charged once when its tier is entered, by any fraction; that of the first tier at zero already, as the
field does (OpenMeter, Lago, Stripe).
"""

from collections.abc import Iterator
from decimal import Decimal

from functions.billing.models.pricing import PricePoint
from functions.billing.models.tiers import Tier
from functions.billing.rating.charge import Charge, Number, Step
from functions.billing.rating.linear import billed_quantity


def rate_graduated(point: PricePoint, quantity: Number) -> Charge:
    """Charges each slice of the billed quantity at its tier, in minor units, unrounded."""
    billed = billed_quantity(point, quantity)
    return Charge(quantity, billed, tuple(_graduated(point.tiers, billed)))


def rate_volume(point: PricePoint, quantity: Number) -> Charge:
    """Charges the whole billed quantity at the tier that it reaches, in minor units, unrounded."""
    billed = billed_quantity(point, quantity)
    for number, tier in enumerate(point.tiers, start=1):
        if tier.up_to is None or billed <= tier.up_to:
            return Charge(quantity, billed, tuple(_steps(tier, number, billed)))
    raise ValueError("the last tier is closed")


def _graduated(tiers: tuple[Tier, ...], billed: Number) -> Iterator[Step]:
    below: Number = 0
    for number, tier in enumerate(tiers, start=1):
        if billed <= below and number > 1:
            return
        end = billed if tier.up_to is None else min(billed, tier.up_to)
        yield from _steps(tier, number, end - below)
        below = end


def _steps(tier: Tier, number: int, quantity: Number) -> Iterator[Step]:
    if tier.unit_minor is not None and quantity > 0:
        yield Step(quantity, Decimal(tier.unit_minor), tier=number)
    if tier.flat_minor is not None:
        yield Step(1, Decimal(tier.flat_minor), tier=number, is_flat=True)
