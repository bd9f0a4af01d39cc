"""What of an active order the rating goes by: which signals it counts, what it grants, and who sits where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from pydantic import AwareDatetime, JsonValue

from functions.billing.models.entity import Value, unwritten
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, is_seat
from functions.billing.models.pricing import (
    BillingTiming,
    Cadence,
    ChargeType,
    CreditBenefit,
    CreditRule,
    PricingModel,
    Recipient,
)
from functions.billing.periods import ALWAYS, Calendar, Period

if TYPE_CHECKING:
    from functions.billing.models.cost import Cost


class Entry(Protocol):
    """What of a signal a price may look at."""

    @property
    def data(self) -> Mapping[str, JsonValue] | None: ...


class Term(Value):
    """When a component of an active order runs, and how long its billing periods are."""

    start: date
    end: date | None = None
    anchor_day: int
    months: int
    activated_at: AwareDatetime = unwritten(ALWAYS)
    counted_from: date | None = None

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.start, self.anchor_day, self.months, self.end, self.counted_from)


class PlanEntry(Term):
    """One usage price of one active order: which signals it counts, and into which periods.

    `costs_in` is the currency of the costs that a cost-plus price sums up instead, whose event name is empty; others do
    not count for it. `credits` is what a signal takes where that is the price; `charges_overage` tells whether what no
    grant held for is charged when the period ends. `ended_at` is when somebody set the end that the price has now: what
    that cuts off is charged no sooner.
    """

    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    product_id: str
    product_external_id: str | None = None
    event_name: str
    costs_in: str | None = None
    credits: CreditRule | None = None
    charges_overage: bool = unwritten(default=False)
    ended_at: AwareDatetime = unwritten(ALWAYS)

    def amount_of(self, entry: Entry, cost: "Cost | None") -> int:
        """What an entry of the log adds to the usage: one, its cost, or the credits that it takes."""
        if cost is not None:
            return cost.quantity
        return 1 if self.credits is None else self.credits.taken_micro(entry.data)

    def ended(self, before: "PlanEntry | None", *, now: datetime) -> "PlanEntry":
        """As it follows on `before`, None for a new price: an end that moved was set now, unless nothing goes by it."""
        if before is None or self.credits is None or self.end is None:
            return self
        return self.model_copy(update={"ended_at": before.ended_at if self.end == before.end else now})

    def is_beside(self, other: "PlanEntry") -> bool:
        """Whether both stand on the same order line."""
        return (self.order_id, self.order_line_id) == (other.order_id, other.order_line_id)


class PlanBenefit(Term):
    """The credits that come with one component of one active order, for `quantity` of it, in each period.

    `currency` and `in_advance` tell on which invoice its charge is. Where the credits are the seats' own, `seats` are
    the components whose seats get so many each, and how many seats it is. What an amendment ends `stops_on` a day;
    `due_from` and `closes_on` are the days before which the first and the last charge do not fall due. What begins
    before `begun_until` came with another component, whose `end` is where nothing goes on with it any more.
    """

    order_line_attribute_id: str
    benefit: CreditBenefit
    place: int
    quantity: int
    seats: tuple[tuple[str, int], ...] = ()
    happens_once: bool
    currency: str = ""
    in_advance: bool = True
    stops_on: date | None = None
    due_from: date | None = None
    closes_on: date | None = None
    begun_until: date | None = None

    def charged_on(self, period: Period) -> date:
        """The day of the invoice with the component's charge of that period."""
        closes_on = self.closes_on if period.end == self.end and not self.in_advance else None
        day = period.start if self.in_advance else period.end
        return max(day, self.due_from or date.min, closes_on or date.min)

    @property
    def comes_monthly(self) -> bool:
        """Whether a period's credits come in parts."""
        return self.benefit.cadence is Cadence.MONTHLY and self.months > 1

    @property
    def calendar_of_months(self) -> Calendar:
        return Calendar(self.start, self.anchor_day, 1, self.end, self.counted_from)


class PlanFee(Term):
    """Seats that are paid in credits: what they take in each period, in advance or in arrears."""

    order_line_attribute_id: str
    currency_id: str
    amount_micro: int
    in_advance: bool


class PlanSeat(Value):
    """Who sat on a seat that has credits of its own, each from a day on: the external id, None where nobody did.

    A day is of everybody who sat there on it: whoever leaves keeps what was taken, and days that are over never change.
    """

    order_id: str
    seat_id: str
    since: tuple[tuple[date, str | None], ...] = ()

    @property
    def user(self) -> str | None:
        """Who sits there now."""
        return self.since[-1][1] if self.since else None

    def users_on(self, day: date) -> set[str]:
        before = [user for start, user in self.since if start < day][-1:]
        return {user for user in (*before, *(user for start, user in self.since if start == day)) if user is not None}

    def taken_by(self, user: str | None, *, since: date) -> "PlanSeat":
        """Of a day it is kept who sat there, and who was the last: not how often they changed."""
        others = (each for each in self.since if each[0] != since or each[1] not in {user, None})
        return self.model_copy(update={"since": (*others, (since, user))})

    @property
    def weight(self) -> int:
        """About how many bytes it has, as JSON."""
        return sum(len('["2025-06-01",""],') + len((user or "").encode()) for _, user in self.since)


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
