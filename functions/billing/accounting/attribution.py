"""Which entries of a customer's log count for something, and in a few words by what the others miss.

By the very rules of the rating. What one signal misses in particular, its receipt says (`rating.unattributed`).
"""

from datetime import date
from typing import NamedTuple

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.segment import Entry
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import day_of
from functions.billing.rating.unattributed import Miss, why_unattributed
from functions.billing.rating.usage import Matcher

COST_UNATTRIBUTED = "costs that no order sums up"


class _Alike(NamedTuple):
    """What decides by what a signal misses."""

    event_name: str
    product_id: str | None
    external_product_id: str | None
    day: date


class Attribution:
    """Of one customer's log; remembers what it said of alike entries."""

    def __init__(self, plan: RatingPlan, *, customer_id: str) -> None:
        self._plan = plan
        self._customer_id = customer_id
        self._matcher = Matcher(plan)
        self._misses: dict[_Alike, str] = {}

    def miss(self, entry: Entry) -> str | None:
        """Why the entry counts for nothing; None where it counts."""
        cost = Cost.of(entry.data or {}) if entry.event_name == COST_EVENT else None
        if self._matcher.matches(entry, costs_in=None if cost is None else cost.currency):
            return None
        if cost is not None:
            return COST_UNATTRIBUTED
        alike = _Alike(entry.event_name, entry.product_id, entry.external_product_id, day_of(entry.occurred_at))
        if alike not in self._misses:
            reason = why_unattributed(self._plan, entry, customer_id=self._customer_id)
            self._misses[alike] = _in_short(reason.code, entry.event_name)
        return self._misses[alike]


def _in_short(miss: Miss, event_name: str) -> str:
    match miss:
        case Miss.NO_USAGE_PRICE:
            return "of customers without an active order that has a usage price"
        case Miss.EVENT_NOT_COUNTED:
            return f"no order counts {event_name!r}"
        case Miss.NO_PRODUCT:
            return f"{event_name!r} names no product"
        case Miss.OTHER_PRODUCT:
            return f"{event_name!r} names a product that no order counts it for"
        case Miss.OUTSIDE_DATES:
            return f"{event_name!r} is outside of the order's dates"
