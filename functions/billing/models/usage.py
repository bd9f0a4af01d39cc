"""Usage: what a customer's signals amount to per order line attribute and billing period.

Derived from the log and always rebuildable: the plan says what to count, the checkpoint how far the counting is.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from pydantic import AwareDatetime

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import Value, unwritten
from functions.billing.models.order import Order
from functions.billing.models.rating_plan import PlanBenefit, PlanEntry, PlanFee, PlanSeat
from functions.billing.periods import ALWAYS, day_of

MAX_SEATING_BYTES = 250_000
"""Of a customer: a late signal may be of any day that was, so nothing of it is ever forgotten (docs/credits.md)."""

_MOMENT = timedelta(microseconds=1)

Usage = dict[str, dict[date, int]]
"""Order line attribute id -> first day of the period -> number of signals, or costs in 10^-12 major units.

Of a price in credits it is the day itself, and millionths of a credit: which grant they are taken of goes by days.
What was taken by somebody on a seat that has credits of its own stands apart, under `usage_key`.
"""


def usage_key(attribute_id: str, user: str | None) -> str:
    """What the usage of a price stands under: all of it, or that of one user, by its external id."""
    return attribute_id if user is None else f"{attribute_id}/{user}"


class UsagePage(Value):
    """Usage that left a checkpoint, or a part of it: written once, and never changed."""

    usage: Usage


class PageName(Value):
    """Usage of a log's segments `after` one `through` another, by the plan of that version, in so many items.

    It lies nowhere else, and the name says all that it depends on: whoever makes a page of that name once more, makes
    the same one. `weight` is about how many bytes it has, as JSON.
    """

    plan_version: int
    after: int
    through: int
    weight: int
    parts: int = unwritten(1)

    @property
    def keys(self) -> tuple[str, ...]:
        """Of its items."""
        return tuple(f"{self.plan_version}/{self.after}-{self.through}/{part}" for part in range(self.parts))


def parts_of(key: str) -> tuple[str, str | None]:
    """The price and the user of a `usage_key`; no id of ours has a slash."""
    attribute_id, slash, user = key.partition("/")
    return attribute_id, user if slash else None


class RatingPlan(Value):
    """All usage prices of a customer's active orders, the first activated first.

    A signal counts on one order line only, the first that matches it, and there for every price of its event:
    activating another order never moves what is already counted.
    """

    entries: tuple[PlanEntry, ...] = ()
    benefits: tuple[tuple[str, PlanBenefit], ...] = unwritten(())
    """Each with its order."""
    fees: tuple[tuple[str, PlanFee], ...] = unwritten(())
    """Each with its order."""
    seats: tuple[PlanSeat, ...] = unwritten(())
    affected_from: tuple[date, ...] = ()
    """For each version, the first day whose signals it may count differently from the version before."""

    @property
    def version(self) -> int:
        return len(self.affected_from)

    @property
    def takes_credits(self) -> bool:
        return any(entry.credits is not None for entry in self.entries) or bool(self.fees)

    def with_order(self, order: Order) -> "RatingPlan":
        """The next version of the plan, in which `order` is as given now."""
        from functions.billing.models.order_plan import benefits_of, entries_of, fees_of  # noqa: PLC0415 - most only read the plan

        before = tuple(entry for entry in self.entries if entry.order_id == order.id)
        others = tuple(entry for entry in self.entries if entry.order_id != order.id)
        at = next((i for i, e in enumerate(self.entries) if e.order_id == order.id), len(others))
        changed_at = self.next_moment(order.updated_at) + _MOMENT
        earlier = {entry.order_line_attribute_id: entry for entry in before}
        now = tuple(
            entry.ended(earlier.get(entry.order_line_attribute_id), now=changed_at) for entry in entries_of(order)
        )
        came = {each.key: each for _, each in self.benefits}
        amended = {attribute.id for _, attribute in order.attributes() if attribute.term.starts_on is not None}
        benefits = (
            each.come(came.get(each.key), now=changed_at) if each.order_line_attribute_id in amended else each
            for each in benefits_of(order)
        )
        changed = () if before == now else (*before, *now)
        first_day = min((entry.start for entry in changed), default=date.max)
        return RatingPlan(
            entries=(*others[:at], *now, *others[at:]),
            benefits=(
                *((order_id, benefit) for order_id, benefit in self.benefits if order_id != order.id),
                *((order.id, benefit) for benefit in benefits),
            ),
            fees=(
                *((order_id, fee) for order_id, fee in self.fees if order_id != order.id),
                *((order.id, fee) for fee in fees_of(order)),
            ),
            seats=self.seats,
            affected_from=(*self.affected_from, first_day),
        )

    def next_moment(self, now: datetime) -> datetime:
        """Now, after every activation and amendment of an order with credits and every end that was set of one.

        Also where the clock of a test stands still: which of two was first decides about what they take, and what was
        charged must not change.
        """
        entries = [entry for entry in self.entries if entry.credits is not None]
        terms = (*entries, *(each for _, each in self.benefits), *(each for _, each in self.fees))
        activated = max((term.activated_at for term in terms), default=ALWAYS)
        ended = max((entry.ended_at for entry in entries), default=ALWAYS)
        return max(now, max(activated, ended) + _MOMENT)

    def order_of(self, attribute_id: str) -> str:
        """The order of something that takes credits."""
        of_fees = {fee.order_line_attribute_id: order_id for order_id, fee in self.fees}
        return {**of_fees, **{each.order_line_attribute_id: each.order_id for each in self.entries}}[attribute_id]

    def has_order(self, order_id: str) -> bool:
        """Whether the order is active, of one that grants something."""
        return any(order_id == each for each, _ in self.benefits)

    def with_seats(self, order_id: str, users: Mapping[str, str], *, since: date) -> "RatingPlan":
        """The plan in which exactly these users sit on the order's seats from `since` on; itself if they did before.

        Raises InvalidInput when somebody comes and there is no room for more of them; whoever leaves is let go.
        """
        seats = {seat.seat_id: seat for seat in self.seats}
        of_order = {seat.seat_id for seat in self.seats if seat.order_id == order_id} | users.keys()
        changed: dict[str, PlanSeat] = {}
        for seat_id in sorted(of_order):
            seat = seats.get(seat_id) or PlanSeat(order_id=order_id, seat_id=seat_id)
            if seat.user != users.get(seat_id):
                changed[seat_id] = seat.taken_by(users.get(seat_id), since=since)
        if not changed:
            return self
        moved = tuple({**seats, **changed}.values())
        comes = any(seat.user is not None for seat in changed.values())
        weight = sum(seat.weight for seat in moved)
        if comes and weight > MAX_SEATING_BYTES:
            raise InvalidInput(
                f"who sat on the customer's seats with credits of their own, and when, takes {weight} bytes, expected "
                f"at most {MAX_SEATING_BYTES}: nobody can take one any more, users can still leave theirs; credits of "
                "the whole customer (recipient 'organization') need no seats"
            )
        affected_from = since if comes else since + timedelta(days=1)
        return self.model_copy(
            update={
                "seats": moved,
                "affected_from": (*self.affected_from, affected_from),
            }
        )

    def seats_ever_of(self, user: str) -> tuple[PlanSeat, ...]:
        """Where the user with that external id ever sat, of seats that have credits of their own."""
        return tuple(seat for seat in self.seats if any(user == each for _, each in seat.since))

    def rivals(self, order: Order, *, since: date) -> list[PlanEntry]:
        """Other orders' entries that count what `order` would count too from `since` on."""
        from functions.billing.models.order_plan import entries_of  # noqa: PLC0415 - as above

        own = entries_of(order)
        return [
            entry
            for entry in self.entries
            if entry.order_id != order.id and any(_overlap(entry, mine, since=since) for mine in own)
        ]


class Checkpoint(Value):
    """How far a log is rated, and the usage so far. Both move in one conditional write, hence exactly once.

    `plan_version` is the plan it was rated by: under another one the usage is counted anew from the log's beginning.
    `counted` and `unattributed` tell what became of the signals up to `rated_through`; `is_split` that nothing follows
    there, but in the shard's children. What of the usage lies on `pages` is not in `usage`: see `rating.paging`.
    """

    rated_through: int = 0
    plan_version: int = 0
    usage: Usage = {}
    counted: int = 0
    unattributed: int = 0
    latest_occurred_at: AwareDatetime | None = None
    is_split: bool = False
    pages: tuple[PageName, ...] = unwritten(())

    @property
    def page_keys(self) -> tuple[str, ...]:
        return tuple(key for page in self.pages for key in page.keys)

    def whole(self, pages: Mapping[str, UsagePage]) -> "Checkpoint":
        """With the usage of its pages, which are given by key. Raises KeyError for one that is missing."""
        if not self.pages:
            return self
        on_pages = (pages[key].usage for key in self.page_keys)
        return self.model_copy(update={"usage": summed((*on_pages, self.usage)), "pages": ()})

    def under(self, plan: RatingPlan) -> "Checkpoint":
        """This checkpoint, ready to go on under `plan`: from the beginning if anything rated could change."""
        affected_from = min(plan.affected_from[self.plan_version :], default=date.max)
        if self.latest_occurred_at is None or day_of(self.latest_occurred_at) < affected_from:
            return self.model_copy(update={"plan_version": plan.version})
        return Checkpoint(plan_version=plan.version)


def total_usage(checkpoints: Iterable[Checkpoint]) -> Usage:
    """The usage of a customer: the sum over the shards of its log. Raises ValueError where some of it is missing."""
    whole = list(checkpoints)
    if any(checkpoint.pages for checkpoint in whole):
        raise ValueError("usage is asked for of a checkpoint whose pages were not read")
    return summed(checkpoint.usage for checkpoint in whole)


def summed(usages: Iterable[Usage]) -> Usage:
    """All of them together."""
    total: Usage = {}
    for usage in usages:
        for attribute_id, periods in usage.items():
            sums = total.setdefault(attribute_id, {})
            for start, quantity in periods.items():
                sums[start] = sums.get(start, 0) + quantity
    return total


def _overlap(one: PlanEntry, other: PlanEntry, *, since: date) -> bool:
    """Whether a signal on or after `since` could count for both."""
    if (one.event_name, one.costs_in) != (other.event_name, other.costs_in):
        return False
    if one.product_id != other.product_id and one.costs_in is None:  # a cost of no product counts for any
        return False
    start = max(one.start, other.start, since)
    return start < min(one.end or date.max, other.end or date.max)
