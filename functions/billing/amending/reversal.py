"""A change that is taken back on its day, while nothing of it is billed: the component goes on as if nothing had been.

          C0         D             C1
before    |== old ===|== new ======|      two minimums, two included quantities, two roundings
after     |== old =================|      one of each, as ever
"""

from datetime import date

from functions.billing.amending.standing import Standing
from functions.billing.invoicing.dues import day_due
from functions.billing.models.order import AmendedTerm, Order, OrderLine, OrderLineAttribute
from functions.billing.models.pricing import BillingTiming, Pricing


def restored(
    order: Order,
    line: OrderLine,
    attribute: OrderLineAttribute,
    day: date,
    *,
    sold: OrderLineAttribute,
    standing: Standing,
) -> OrderLineAttribute | None:
    """The component that stood before `attribute`, where that is to be `sold` again from the day on which it came.

    None where another stood there, or where it is charged in advance or already: what is charged stays.
    """
    before = stood_before(order, line, attribute, day, sold=sold)
    if before is None or not _is_uncharged(order, line, before, standing):
        return None
    goes_on = before.term.model_copy(update={"ends_on": attribute.term.ends_on, "closes_on": None})
    return before.model_copy(update={"amended": None if goes_on == AmendedTerm() else goes_on})


def stood_before(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, day: date, *, sold: OrderLineAttribute
) -> OrderLineAttribute | None:
    """The component in whose place `attribute` came on that day, where it was sold as this one is to be again."""
    for before in line.attributes:
        came_after_it = before.lineage == attribute.lineage and before.term.ends_on == day == attribute.term.starts_on
        if came_after_it and order.calendar(line, before).start < day and is_sold_alike(order, before, sold):
            return before
    return None


def is_sold_alike(order: Order, one: OrderLineAttribute, other: OrderLineAttribute) -> bool:
    """In the order's currency: in others nothing is charged."""
    ours, theirs = (_only_in(order.currency, each.pricing) for each in (one, other))
    return (one.quantity, ours) == (other.quantity, theirs)


def _only_in(currency: str, pricing: Pricing) -> Pricing:
    points = tuple(point for point in pricing.price_points if point.currency == currency)
    return pricing.model_copy(update={"price_points": points})


def _is_uncharged(order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing) -> bool:
    """Whether its last period is charged in arrears, on a day that is not billed yet."""
    calendar = order.calendar(line, attribute)
    last = calendar.last_period()
    in_arrears = attribute.pricing.timing is BillingTiming.ARREARS
    return in_arrears and last is not None and day_due(attribute, calendar, last) >= standing.settles_on
