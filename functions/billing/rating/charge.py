"""What rating answers with."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """A quantity at its price: `amount` is in minor units and not yet rounded (that happens once, on the line)."""

    quantity: int
    billed_quantity: int
    unit_price_minor: int
    amount: Decimal
