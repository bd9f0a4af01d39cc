"""When credits count as used up: nothing is left of what holds that day, and somebody took of it."""

from datetime import date

from functions.billing.models.credit import CreditGrant
from functions.billing.rating.burn_down import BurnDown


def last_of_depleted(burnt: BurnDown, *, on: date) -> CreditGrant | None:
    """The grant that came last, if all credits of the currency are used up; None while some are left.

    What expired is not used up: where no grant holds any more nothing was depleted. Seats' credits are the customer's.
    """
    holding = [pot for pot in burnt.pots if pot.grant.holds_on(on)]
    if any(pot.available_on(on) for pot in holding) or not any(pot.used for pot in holding):
        return None
    return max((pot.grant for pot in burnt.pots), key=lambda grant: (grant.opens_at, grant.id))
