"""What an active order puts into the rating plan: the prices that count signals, and the credits that come and go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import BillingTiming, Cadence, ChargeType, PricingModel, Recipient
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
    goes_on = {(each.lineage, each.term.starts_on): each for _, each in order.attributes() if each.term.goes_on}
    for line, attribute in order.attributes():
        for place, benefit in enumerate(attribute.pricing.benefits):
            is_for_seats = benefit.recipient is Recipient.SEAT
            lasting = _lasting(order, line, attribute, benefit.cadence, goes_on)
            term = _term(order, line, attribute)
            yield PlanBenefit.model_validate(
                {
                    **term,
                    "end": order.calendar(line, attribute).end if lasting is None else lasting.end,
                    "order_line_attribute_id": attribute.id,
                    "benefit": benefit,
                    "place": place,
                    "quantity": 1 if is_for_seats and is_seat(attribute) else attribute.quantity,
                    "seats": tuple(_most_seats(line, attribute).items()) if is_for_seats else (),
                    "happens_once": attribute.happens_once,
                    "currency": order.currency,
                    "in_advance": attribute.pricing.timing is BillingTiming.ADVANCE,
                    "stops_on": _stops_on(order, line, attribute) if lasting is None else lasting.stops_on,
                    "due_from": attribute.term.due_from,
                    "closes_on": attribute.term.closes_on if lasting is None else lasting.closes_on,
                    "begun_until": None
                    if benefit.is_infinite
                    else _begun_until(order, line, attribute, benefit.cadence),
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


def _stops_on(order: Order, line: OrderLine, attribute: OrderLineAttribute) -> date | None:
    """The day from which the component's credits are none, where an amendment ends it within its last period."""
    end = order.end_of(line, attribute)
    return None if end == order.calendar(line, attribute).end else end


@dataclass(frozen=True, slots=True)
class _Lasting:
    """How long a component's last credits last, with which others go on in its place: see `PlanBenefit`."""

    end: date
    stops_on: date | None
    closes_on: date | None


def _lasting(
    order: Order,
    line: OrderLine,
    attribute: OrderLineAttribute,
    cadence: Cadence,
    goes_on: Mapping[tuple[str, date | None], OrderLineAttribute],
) -> _Lasting | None:
    """Those of the period, or month, last as long as what goes on with them; None where nothing does.

    Nothing goes on for a component that stood for no day.
    """
    calendar, end = order.calendar(line, attribute), order.end_of(line, attribute)
    follower = goes_on.get((attribute.lineage, end)) if end is not None and end > calendar.start else None
    until = None if follower is None else _begun_until(order, line, follower, cadence)
    if follower is None or until is None:
        return None
    # What comes by the month waits for the charge of its period, which what goes on closes.
    period_end = _begun_until(order, line, follower, Cadence.UPFRONT) or until
    while (stops := order.end_of(line, follower)) is not None:
        later = goes_on.get((attribute.lineage, stops))
        if later is None or later is follower:
            break
        follower = later
    if stops is None or stops >= period_end:
        return _Lasting(until, _stops_on(order, line, follower), period_end)
    if stops >= until:
        return _Lasting(until, _stops_on(order, line, follower), max(stops, follower.term.closes_on or stops))
    closes_on = follower.term.closes_on if calendar.end is None or stops > calendar.end else None
    lasts_until = max(stops, calendar.end or stops)
    return _Lasting(lasts_until, stops if stops < lasts_until else None, closes_on)


def _begun_until(order: Order, line: OrderLine, attribute: OrderLineAttribute, cadence: Cadence) -> date | None:
    """The end of the period, or of its month, with which a component begins that goes on for another."""
    if not attribute.term.goes_on:
        return None
    calendar = order.calendar(line, attribute)
    parts = replace(calendar, months=1, end=None) if cadence is Cadence.MONTHLY else replace(calendar, end=None)
    begun = parts.period_of(calendar.start)
    return None if begun is None or parts.full_period(begun).start == begun.start else begun.end


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
