"""What rating answers with: an amount that shows how it came about (law 4)."""

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from functions.billing.money import EXACT

Number = int | Decimal
"""A quantity: counted things are whole, what a caller measures need not be."""


@dataclass(frozen=True, slots=True)
class Step:
    """One multiplication, `quantity * price_minor = amount`, exact. A flat fee is one fee.

    `tier` counts from 1; None where there are no tiers.
    """

    quantity: Number
    price_minor: Decimal
    tier: int | None = None
    is_flat: bool = False

    @property
    def amount(self) -> Decimal:
        """In minor units."""
        return EXACT.multiply(self.price_minor, Decimal(self.quantity))


@dataclass(frozen=True, slots=True)
class Charge:
    """A quantity at its price: `amount` is in minor units and not yet rounded (that happens once, on the line).

    `billed_quantity` is what of `quantity` is charged. `unit_price_minor` is None where not every unit costs the same.
    """

    quantity: Number
    billed_quantity: Number
    steps: tuple[Step, ...]
    unit_price_minor: int | None = None

    @property
    def amount(self) -> Decimal:
        return reduce(EXACT.add, (step.amount for step in self.steps), Decimal(0))
