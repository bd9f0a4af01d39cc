"""What the rating goes by: which signals an active order counts, what it grants, and who sits where."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from pydantic import AwareDatetime, JsonValue

from functions.billing.models.entity import Value, unwritten
from functions.billing.models.pricing import Cadence, CreditBenefit, CreditRule
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
    before `begun_until` came with another component, whose `end` is where nothing goes on with it any more; where the
    rest of that period is charged in advance, its last charge in arrears is `settled_on` a day within. What an
    amendment sets is `activated_at` its moment.
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
    settled_on: date | None = unwritten(None)

    def charged_on(self, period: Period) -> date:
        """The day of the invoice with the component's charge of that period."""
        is_last_in_arrears = period.end == self.end and not self.in_advance
        if is_last_in_arrears and self.settled_on is not None:
            return self.settled_on
        closes_on = self.closes_on if is_last_in_arrears else None
        day = period.start if self.in_advance else period.end
        return max(day, self.due_from or date.min, closes_on or date.min)

    @property
    def key(self) -> tuple[str, int]:
        return self.order_line_attribute_id, self.place

    def come(self, before: "PlanBenefit | None", *, now: datetime) -> "PlanBenefit":
        """As an amendment sets it, or leaves it as it was `before`: what was charged already today it meets no more."""
        return self.model_copy(update={"activated_at": now if before is None else before.activated_at})

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
