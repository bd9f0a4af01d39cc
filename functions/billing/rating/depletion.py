"""When credits count as used up: nothing is left of what holds that day, and somebody took of it."""

from datetime import date

from functions.billing.rating.burn_down import BurnDown


def is_depleted(burnt: BurnDown, *, on: date) -> bool:
    """Whether all credits of the currency are used up, those of seats among them.

    What expired is not used up: where no grant holds any more nothing was depleted.
    """
    holding = [pot for pot in burnt.pots if pot.grant.holds_on(on)]
    return any(pot.used for pot in holding) and not any(pot.available_on(on) for pot in holding)
