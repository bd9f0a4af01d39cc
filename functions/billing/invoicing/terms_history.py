"""Whether terms have changed since something was billed by them: updates of an active order move its end, and no more.

Nothing says what an end was before. That none has moved is certain while the plan has no more versions than orders; and
an order that was not updated since is as it was. Amendments say what they change, and excuse nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.models.order import Order
from functions.billing.models.rating_plan import PlanEntry
from functions.billing.models.usage import RatingPlan


@dataclass(frozen=True, slots=True)
class TermsHistory:
    """What the plan and all active orders of a customer tell of their past."""

    plan: RatingPlan
    orders: tuple[Order, ...]

    def end_may_have_moved(self, order: Order, *, since: datetime) -> bool:
        return self.plan.version > len(self.orders) and order.end_unmoved_since >= since

    def may_count_otherwise(self, attribute_id: str, period_end: date, *, since: datetime) -> bool:
        """Whether signals of a period may count for the price that counted for an order before it, until that ended."""
        touched = {order.id for order in self.orders if self.end_may_have_moved(order, since=since)}
        earlier: list[PlanEntry] = []
        for entry in self.plan.entries:
            if entry.order_line_attribute_id == attribute_id:
                return any(_has_left_to(entry, rival, period_end) for rival in earlier if rival.order_id in touched)
            earlier.append(entry)
        return False


def _has_left_to(entry: PlanEntry, rival: PlanEntry, period_end: date) -> bool:
    """Whether another order ends before the period does, and would count the same signals if it did not."""
    return (
        rival.order_id != entry.order_id
        and (rival.event_name, rival.costs_in) == (entry.event_name, entry.costs_in)
        and (entry.costs_in is not None or _are_of_one_product(entry, rival))
        and rival.end is not None
        and rival.end < period_end
    )


def _are_of_one_product(entry: PlanEntry, rival: PlanEntry) -> bool:
    named = entry.product_external_id
    return rival.product_id == entry.product_id or (named is not None and named == rival.product_external_id)
