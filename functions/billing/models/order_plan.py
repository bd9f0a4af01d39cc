"""What an active order puts into the rating plan: the prices that count signals, and the credits that come and go."""

from collections.abc import Iterator
from datetime import date, datetime

from functions.billing.models.going_on import Lasting, begun_until, lasting, stops_on
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import BillingTiming, ChargeType, PricingModel, Recipient
from functions.billing.models.rating_plan import PlanBenefit, PlanEntry, PlanFee
from functions.billing.periods import ALWAYS


def entries_of(order: Order) -> tuple[PlanEntry, ...]:
    """What of the order counts signals, in the order of its lines."""
    entries: list[PlanEntry] = []
    for line, attribute in order.attributes():
        pricing = attribute.pricing
        if pricing.charge_type is not ChargeType.USAGE:
            continue
        sums_costs = pricing.model is PricingModel.COST_PLUS
        entries.append(
            PlanEntry.model_validate(
                {
                    **_term(order, line, attribute),
                    "order_id": order.id,
                    "order_line_id": line.id,
                    "order_line_attribute_id": attribute.id,
                    "product_id": line.product_id,
                    "product_external_id": line.product_external_id,
                    "event_name": "" if sums_costs else pricing.event_name or "",
                    "costs_in": order.currency if sums_costs else None,
                    "credits": pricing.credits,
                    "activated_at": _activated_at(order) if pricing.credits else ALWAYS,
                    "charges_overage": pricing.overage_unit_minor is not None,
                }
            )
        )
    return tuple(entries)


def benefits_of(order: Order) -> Iterator[PlanBenefit]:
    for line, attribute in order.attributes():
        for place, benefit in enumerate(attribute.pricing.benefits):
            is_for_seats = benefit.recipient is Recipient.SEAT
            term = _term(order, line, attribute)
            begun = None if benefit.is_infinite else begun_until(order, line, attribute, benefit.cadence)
            lasts = lasting(order, line, attribute, benefit.cadence) or Lasting(
                order.calendar(line, attribute).end, stops_on(order, line, attribute), attribute.term.closes_on
            )
            yield PlanBenefit.model_validate(
                {
                    **term,
                    "end": lasts.end,
                    "order_line_attribute_id": attribute.id,
                    "benefit": benefit,
                    "place": place,
                    "quantity": 1 if is_for_seats and is_seat(attribute) else attribute.quantity,
                    "seats": tuple(_most_seats(line, attribute).items()) if is_for_seats else (),
                    "happens_once": attribute.happens_once,
                    "currency": order.currency,
                    "in_advance": attribute.pricing.timing is BillingTiming.ADVANCE,
                    "stops_on": lasts.stops_on,
                    "due_from": attribute.term.due_from,
                    "closes_on": lasts.closes_on,
                    "settled_on": lasts.settled_on,
                    "begun_until": begun,
                }
            )


def _most_seats(line: OrderLine, attribute: OrderLineAttribute) -> dict[str, int]:
    """The seats that the component's credits are for, by the lineage: as many as there ever are.

    Nobody sits on one that is gone, or not there yet, and what was taken on it stays.
    """
    seated = [each for each in ([attribute] if is_seat(attribute) else line.attributes) if is_seat(each)]
    most: dict[str, int] = {}
    for each in seated:
        most[each.lineage] = max(most.get(each.lineage, 0), each.quantity)
    return most


def fees_of(order: Order) -> Iterator[PlanFee]:
    for line, attribute in order.attributes():
        rule = attribute.pricing.credits
        if rule is not None and is_seat(attribute):
            yield PlanFee.model_validate(
                {
                    **_term(order, line, attribute),
                    "order_line_attribute_id": attribute.id,
                    "currency_id": rule.currency_id,
                    "amount_micro": rule.taken_micro(None) * attribute.quantity,
                    "in_advance": attribute.pricing.timing is BillingTiming.ADVANCE,
                }
            )


def _term(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> dict[str, date | datetime | int | None]:
    """The fields of a `Term`."""
    calendar = order.calendar(line, attribute)
    return {
        "start": calendar.start,
        "end": calendar.end,
        "anchor_day": calendar.anchor_day,
        "months": calendar.months,
        "counted_from": calendar.counted_from,
        "activated_at": _activated_at(order),
    }


def _activated_at(order: Order) -> datetime:
    return order.activated_at or ALWAYS
