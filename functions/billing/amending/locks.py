"""What of an order can be amended now, and in words why not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from functions.billing.amending.standing import Standing
from functions.billing.errors import BillingError, InvalidInput, NotFound
from functions.billing.invoicing.dues import day_due, is_free, is_full
from functions.billing.models.amendment import Treatment
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import GrantTiming, Pricing, PricingModel

_VOIDED = "the invoice that charges the current period is voided: bill it again first, or leave the period alone"


class NotAmendable(BillingError):
    """The order is not running; the code says which way. 400: a conflict is sent again by clients, and stays one."""


def check_amendable(order: Order, standing: Standing) -> None:
    """Raises NotAmendable for an order that is not active yet, has ended, or is billed beyond today."""
    if order.creation_state is not CreationState.ACTIVE:
        raise NotAmendable(
            f"order {order.id} is a draft, expected an active one: activate it, or order anew", code="ORDER_NOT_ACTIVE"
        )
    if order.end_day is not None and order.end_day <= standing.today:
        raise NotAmendable(f"order {order.id} has ended on {order.end_day}", code="ORDER_ENDED")
    if standing.billed_until is not None and standing.billed_until > standing.today:
        raise NotAmendable(
            f"order {order.id} is billed until {standing.billed_until}, and an amendment is of today",
            code="ORDER_BILLED_AHEAD",
        )


Place = tuple[OrderLine, OrderLineAttribute]


def by_lineage(order: Order) -> dict[str, list[Place]]:
    """The components that follow one another, each with its line."""
    found: dict[str, list[Place]] = defaultdict(list)
    for line, attribute in order.attributes():
        found[attribute.lineage].append((line, attribute))
    return found


def that_stand(order: Order, line: OrderLine, standing: Standing) -> Iterator[OrderLineAttribute]:
    """Components that ended are history."""
    for attribute in line.attributes:
        end = order.end_of(line, attribute)
        if end is None or end > standing.today:
            yield attribute


def attribute_lock(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing, *, lineage: Iterable[Place]
) -> str | None:
    """Why the component cannot be amended; None where it can. `lineage` are those that it follows, or follow it."""
    end = order.end_of(line, attribute)
    if end is not None and end <= standing.today:
        return f"it has ended on {end}"
    calendar = order.calendar(line, attribute)
    if end is not None and end <= calendar.start:
        return f"it ends on {end}, before it begins"
    for place, other in lineage:
        starts, ends = order.calendar(place, other).start, order.end_of(place, other)
        if starts > calendar.start and (ends is None or starts < ends):
            return f"{other.id} stands in its place from {starts} on: amend that one"
    if attribute.term.repayment is not None:
        return f"it ends on {end}, and what was charged from then on is given back"
    return _once_lock(order, line, attribute, standing) if attribute.happens_once else None


def line_lock(order: Order, line: OrderLine, standing: Standing) -> str | None:
    """Why the end of the line cannot be moved; None where it can."""
    ends = [order.end_of(line, attribute) for attribute in line.attributes]
    if ends and all(end is not None and end <= standing.today for end in ends):
        return "everything on it has ended"
    return None


def _once_lock(order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing) -> str | None:
    """Why what is charged once is not to be replaced as if it never had been; None while it can."""
    calendar = order.calendar(line, attribute)
    first = calendar.period_of(calendar.start)
    if first is None or day_due(attribute, calendar, first) < standing.settles_on:
        return "it is charged once, and that is done"
    comes_by_itself = any(benefit.timing is GrantTiming.ON_ACTIVATION for benefit in attribute.pricing.benefits)
    if comes_by_itself and calendar.start < standing.today:
        return f"its credits came on {calendar.start}, and may be taken"
    return None


def money_lock(
    order: Order,
    line: OrderLine,
    attribute: OrderLineAttribute,
    treatment: Treatment,
    standing: Standing,
    *,
    pricing: Pricing | None = None,
) -> str | None:
    """Why the component's money cannot be settled so, if it is changed to that `pricing`; None where it can."""
    if treatment is not Treatment.PRORATE:
        return None
    models = {attribute.pricing.model, (pricing or attribute.pricing).model}
    if PricingModel.PERCENT_OF_TOTAL in models:
        return "a percentage is taken of the lines of an invoice, and not of days"
    if any(model.takes_credits for model in models):
        return "it is paid in credits, which are taken for whole periods"
    if attribute.id in standing.uncollected:
        return _VOIDED
    return _first_part_lock(order, line, attribute, standing, pricing=pricing or attribute.pricing)


def earlier_end_lock(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, treatment: Treatment, standing: Standing
) -> str | None:
    """Why the component cannot end earlier with that treatment; None where it can, with nothing to give back or so."""
    reason, repayment = money_lock(order, line, attribute, treatment, standing), attribute.term.repayment
    if reason == _VOIDED:
        return reason
    if treatment is Treatment.PRORATE and reason is None and repayment is not None:
        return f"what was charged from {repayment.start} on is given back already, and a charge is given back once"
    return None


def last_day_lock(order: Order, line: OrderLine, attribute: OrderLineAttribute, day: date) -> str | None:
    """Why a change that waits for a `day` would change nothing; None where something is left to change.

    What is charged may go on behind the end: from there on nothing new begins, should the end move on.
    """
    end = order.end_of(line, attribute)
    return None if end is None or day < end else f"it ends on {end}, and changes nothing before"


def usage_lock(treatment: Treatment, stands: Pricing | None, comes: Pricing | None = None) -> str | None:
    """Why signals of before the amendment cannot be counted anew; None where they can.

    That is at the price that `comes` in the place of what `stands`, where there is any.
    """
    if treatment is not Treatment.ALL_SIGNALS_IN_PERIOD:
        return None
    if any(pricing is not None and pricing.credits is not None for pricing in (stands, comes)):
        return "a price is in credits, and others may be billed with those that were taken, or left, until today"
    if stands is not None and stands.benefits:
        return "credits came with the price, and others may be billed with those that were taken until today"
    return None


def _first_part_lock(
    order: Order, line: OrderLine, attribute: OrderLineAttribute, standing: Standing, *, pricing: Pricing
) -> str | None:
    """Days of a part that is charged as a whole one, or not at all, have no price of their own."""
    day = standing.day_of_change(order, line, attribute)
    calendar = order.calendar(line, attribute)
    period = calendar.period_of(day)
    if period is None:
        return None
    months = order.billing_frequency_override or pricing
    if is_free(order, line, attribute, period) and months.months != calendar.months:
        return f"the days until {period.end} are free, and those of another frequency end on another day"
    is_whole = is_full(order, line, attribute, period) and day > calendar.start
    if is_whole and not standing.is_charged(order, line, attribute, period):
        return f"the days until {period.end} are charged as a whole period, and are not charged yet"
    return None


def find(order: Order, attribute_id: str, standing: Standing) -> tuple[OrderLine, OrderLineAttribute]:
    """The component that can be amended. Raises NotFound, and InvalidInput for one that cannot."""
    for line, attribute in order.attributes():
        if attribute.id == attribute_id:
            own = by_lineage(order)[attribute.lineage]
            reason = attribute_lock(order, line, attribute, standing, lineage=own)
            if reason is not None:
                raise InvalidInput(f"orderLineAttributeId {attribute_id} cannot be amended: {reason}")
            return line, attribute
    raise NotFound("order line attribute", attribute_id)


def find_line(order: Order, line_id: str, standing: Standing) -> OrderLine:
    """The line whose end can be moved. Raises NotFound, and InvalidInput for one whose cannot."""
    for line in order.lines:
        if line.id == line_id:
            reason = line_lock(order, line, standing)
            if reason is not None:
                raise InvalidInput(f"orderLineId {line_id} cannot be amended: {reason}")
            return line
    raise NotFound("order line", line_id)


def check_quantity(order: Order, attribute: OrderLineAttribute, quantity: int, standing: Standing) -> None:
    """Raises InvalidInput for a quantity that is nobody's to set, or too high, or too low for those who sit there."""
    if attribute.counts_signals:
        raise InvalidInput(f"newQuantity is {quantity}, expected none: {attribute.name!r} is counted from signals")
    if is_seat(attribute):
        _check_seats(order, attribute, quantity, standing)


def seat_lock(order: Order, attribute: OrderLineAttribute, standing: Standing) -> str | None:
    """Why the component cannot end because of its seats; None where nobody sits on any."""
    seat_id = _taken_seat(order, attribute, standing) if is_seat(attribute) else None
    if seat_id is None:
        return None
    return f"user {standing.seated[seat_id]} sits on seat {seat_id}; expected nobody on any of its seats"


def _check_seats(order: Order, attribute: OrderLineAttribute, quantity: int, standing: Standing) -> None:
    from functions.billing.models.seats import MAX_SEATS  # noqa: PLC0415 - few components have seats

    if quantity > MAX_SEATS:
        raise InvalidInput(f"newQuantity is {quantity}, expected at most {MAX_SEATS} seats")
    seat_id = _taken_seat(order, attribute, standing, first=quantity)
    if seat_id is not None:
        raise InvalidInput(
            f"newQuantity is {quantity}, but user {standing.seated[seat_id]} sits on seat {seat_id}, which would "
            "go: the last seats go first; expected that user on another seat, or on none"
        )


def _taken_seat(order: Order, attribute: OrderLineAttribute, standing: Standing, *, first: int = 0) -> str | None:
    """The first seat, not counting so many, on which somebody sits."""
    from functions.billing.models.seats import seat_ids  # noqa: PLC0415 - few components have seats

    return next((each for each in seat_ids(order, attribute, first=first) if each in standing.seated), None)
