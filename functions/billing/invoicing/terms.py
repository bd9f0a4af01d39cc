"""Which terms an order may have, and which may still change."""

from datetime import date

from functions.billing.errors import InvalidInput
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order, OrderLine
from functions.billing.periods import day_of


def check_dates(order: Order) -> None:
    """Refuses an order or line that ends before it starts, and a line outside its order."""
    _check_span(order, None)
    for line in order.lines:
        _check_span(order, line)


def check_billable(order: Order) -> None:
    """Refuses to activate what would bill wrongly for months: nothing priced, or no price in the order's currency."""
    if not any(line.attributes for line in order.lines):
        raise InvalidInput(f"order {order.id} has no priced line, expected at least one")
    for line, attribute in order.attributes():
        if not attribute.pricing.is_sold_in(order.currency):
            currencies = ", ".join(point.currency for point in attribute.pricing.price_points)
            raise InvalidInput(
                f"line {line.name!r}, attribute {attribute.name!r}: the order's currency is {order.currency}, "
                f"expected one that it has a price point in: {currencies}"
            )


def check_deletable(order: Order) -> None:
    """Refuses to delete an order that bills or has billed; it can be ended instead."""
    if order.creation_state is CreationState.ACTIVE:
        raise InvalidInput(f"order {order.id} is active and cannot be deleted; set its endDate to end it")


def check_end(before: Order, after: Order, *, billed_until: date | None) -> None:
    """Refuses an end that would change what is billed already.

    What was charged in advance is given back only by an amendment, so an earlier end must lie after the last billing
    day. A later end must not reopen a period that was billed as cut off: it would be charged twice, or its rest never.
    """
    if billed_until is None or before.end_day == after.end_day:
        return
    if after.end_day is not None and after.end_day <= billed_until:
        raise InvalidInput(
            f"endDate is {after.end_day}, expected a day after {billed_until}, the last on which the order was billed"
        )
    extended = before.end_day is not None and (after.end_day is None or after.end_day > before.end_day)
    if extended and _was_cut_off(before, billed_until):
        raise InvalidInput(
            f"endDate cannot move from {before.end_day}: the period that it cuts off is billed already; "
            "expected a new order from that day"
        )


def _was_cut_off(order: Order, billed_until: date) -> bool:
    """Whether a period that the order's end cuts short has been billed, in advance or in arrears."""
    for line, attribute in order.attributes():
        last = order.calendar(line, attribute).last_period()
        if last is not None and last.end == order.end_day and last.start <= billed_until:
            return True
    return False


def _check_span(order: Order, line: OrderLine | None) -> None:
    name = "" if line is None else f"line {line.name!r}: "
    start = order.start_date if line is None else (line.start_date or order.start_date)
    end = order.end_date if line is None else (line.end_date or order.end_date)
    if end is not None and end <= start:
        raise InvalidInput(f"{name}endDate is {end.isoformat()}, expected a moment after startDate {start.isoformat()}")
    outside = day_of(start) < day_of(order.start_date) or (
        order.end_date is not None and end is not None and end > order.end_date
    )
    if outside:
        raise InvalidInput(f"{name}its dates are outside the order's")
