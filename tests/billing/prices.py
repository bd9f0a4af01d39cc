"""Tiered prices, written as the cases of the field write them, in major units."""

from collections.abc import Sequence
from decimal import Decimal

from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import PricePoint, PricingModel
from functions.billing.models.tiers import Tier
from functions.billing.rating.charge import Charge
from tests.builders import USAGE, make_attribute, make_price, make_pricing

GRADUATED, VOLUME = PricingModel.GRADUATED, PricingModel.VOLUME

SCALE = 10_000
"""Some cases charge less than a cent for a unit, and a price of ours is a whole number of minor units.

Rating is linear in the prices: `scaled` takes 1/10,000 of a major unit for the minor unit, and `unscaled` goes back.
"""

Row = tuple[int | None, str, str]
"""An inclusive upper bound (None is without end), the amount for a unit, and the flat amount."""

GRAD_01: list[Row] = [(5, "0", "100"), (10, "0", "50"), (15, "10", "0"), (None, "5", "0")]
GRAD_03: list[Row] = [(5, "0", "100"), (10, "0", "50"), (15, "5", "0"), (None, "1", "0")]
GRAD_07: list[Row] = [(10, "10", "2"), (20, "5", "3"), (None, "5", "3")]
GRAD_09: list[Row] = [(100, "0.1", "0"), (500, "0.05", "0"), (None, "0.02", "0")]
GRAD_15: list[Row] = [(10, "1.00", "0"), (None, "0.80", "0")]
GRAD_19: list[Row] = [(10, "50", "0"), (20, "40", "0"), (None, "30", "0")]
GRAD_21: list[Row] = [(1000, "0.10", "0"), (10000, "0.05", "0"), (None, "0.01", "0")]
GRAD_23: list[Row] = [(100, "1", "0"), (200, "0.5", "0"), (None, "0.25", "0")]
LATE_01: list[Row] = [(5, "1", "0"), (10, "2", "0"), (None, "3", "0")]
VOL_01: list[Row] = [(5, "0", "100"), (10, "0", "150"), (15, "10", "0"), (None, "5", "0")]
VOL_05: list[Row] = [
    (10_000, "0.0010", "10"),
    (50_000, "0.0008", "10"),
    (100_000, "0.0006", "10"),
    (None, "0.0004", "10"),
]


def scaled(*rows: Row) -> PricePoint:
    """A price in tiers, exact though the amounts have up to four decimals."""
    return make_price(0, tiers=tuple(_tier(row, SCALE) for row in rows))


def unscaled(charge: Charge) -> Decimal:
    """What a charge at a `scaled` price comes to, in major units."""
    return charge.amount / SCALE


def in_cents(*rows: Row, **fields: object) -> PricePoint:
    """A price in tiers as it is sold: amounts are whole cents."""
    return make_price(0, tiers=tuple(_tier(row, 100) for row in rows), **fields)


def tiered(model: PricingModel, rows: Sequence[Row], **fields: object) -> OrderLineAttribute:
    """E-mails by usage, at a price in tiers; `fields` are the price point's."""
    return make_attribute(make_pricing(USAGE, in_cents(*rows, **fields), model=model))


def _tier(row: Row, scale: int) -> Tier:
    up_to, unit, flat = row
    amounts = Decimal(unit) * scale, Decimal(flat) * scale
    if any(amount != int(amount) for amount in amounts):
        raise ValueError(f"{row} has more decimals than 1/{scale}")
    return Tier(up_to=up_to, unit_minor=int(amounts[0]), flat_minor=int(amounts[1]) or None)
