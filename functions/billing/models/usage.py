"""Usage: what a customer's signals amount to per order line attribute and billing period.

Derived from the log and always rebuildable: the plan says what to count, the checkpoint how far the counting is.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Protocol

from pydantic import AwareDatetime, JsonValue

from functions.billing.models.entity import Value
from functions.billing.models.order import Order
from functions.billing.models.pricing import ChargeType, CreditBenefit, CreditRule, PricingModel
from functions.billing.periods import Calendar, day_of

if TYPE_CHECKING:
    from functions.billing.models.cost import Cost

Usage = dict[str, dict[date, int]]
"""Order line attribute id -> first day of the period -> number of signals, or costs in 10^-12 major units.

Of a price in credits it is the day itself, and millionths of a credit: which grant they are taken of goes by days.
"""


class Entry(Protocol):
    """What of a signal a price may look at."""

    @property
    def data(self) -> Mapping[str, JsonValue] | None: ...


class PlanEntry(Value):
    """One usage price of one active order: which signals it counts, and into which periods.

    `costs_in` is the currency of the costs that a cost-plus price sums up instead, whose event name is empty; others do
    not count for it. `credits` is what a signal takes where that is the price; `charges_overage` tells whether what no
    grant held for is charged when the period ends.
    """

    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    product_id: str
    product_external_id: str | None = None
    event_name: str
    costs_in: str | None = None
    credits: CreditRule | None = None
    charges_overage: bool = False
    start: date
    end: date | None = None
    anchor_day: int
    months: int
    activated_on: date = date.min

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.start, self.anchor_day, self.months, self.end)

    def amount_of(self, entry: Entry, cost: "Cost | None") -> int:
        """What an entry of the log adds to the usage: one, its cost, or the credits that it takes."""
        if cost is not None:
            return cost.quantity
        return 1 if self.credits is None else self.credits.taken_micro(entry.data)

    def is_beside(self, other: "PlanEntry") -> bool:
        """Whether both stand on the same order line."""
        return (self.order_id, self.order_line_id) == (other.order_id, other.order_line_id)


class PlanBenefit(Value):
    """The credits that come with one component of one active order, for `quantity` of it, in each period."""

    order_line_attribute_id: str
    benefit: CreditBenefit
    place: int
    quantity: int
    happens_once: bool
    start: date
    end: date | None = None
    anchor_day: int
    months: int
    activated_on: date = date.min

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.start, self.anchor_day, self.months, self.end)

    @property
    def calendar_of_months(self) -> Calendar:
        return Calendar(self.start, self.anchor_day, 1, self.end)


class RatingPlan(Value):
    """All usage prices of a customer's active orders, the first activated first.

    A signal counts on one order line only, the first that matches it, and there for every price of its event:
    activating another order never moves what is already counted.
    """

    entries: tuple[PlanEntry, ...] = ()
    benefits: tuple[tuple[str, PlanBenefit], ...] = ()
    """Each with its order."""
    affected_from: tuple[date, ...] = ()
    """For each version, the first day whose signals it may count differently from the version before."""

    @property
    def version(self) -> int:
        return len(self.affected_from)

    @property
    def takes_credits(self) -> bool:
        return any(entry.credits is not None for entry in self.entries)

    def with_order(self, order: Order) -> "RatingPlan":
        """The next version of the plan, in which `order` is as given now."""
        before = tuple(entry for entry in self.entries if entry.order_id == order.id)
        others = tuple(entry for entry in self.entries if entry.order_id != order.id)
        at = next((i for i, e in enumerate(self.entries) if e.order_id == order.id), len(others))
        now = _entries_of(order)
        first_day = min((entry.start for entry in (*before, *now)), default=date.max)
        return RatingPlan(
            entries=(*others[:at], *now, *others[at:]),
            benefits=(
                *((order_id, benefit) for order_id, benefit in self.benefits if order_id != order.id),
                *((order.id, benefit) for benefit in _benefits_of(order)),
            ),
            affected_from=(*self.affected_from, first_day),
        )

    def rivals(self, order: Order, *, since: date) -> list[PlanEntry]:
        """Other orders' entries that count what `order` would count too from `since` on."""
        own = _entries_of(order)
        return [
            entry
            for entry in self.entries
            if entry.order_id != order.id and any(_overlap(entry, mine, since=since) for mine in own)
        ]


class Checkpoint(Value):
    """How far a log is rated, and the usage so far. Both move in one conditional write, hence exactly once.

    `plan_version` is the plan it was rated by: under another one the usage is counted anew from the log's beginning.
    `counted` and `unattributed` tell what became of the signals up to `rated_through`; `is_split` that nothing follows
    there, but in the shard's children.
    """

    rated_through: int = 0
    plan_version: int = 0
    usage: Usage = {}
    counted: int = 0
    unattributed: int = 0
    latest_occurred_at: AwareDatetime | None = None
    is_split: bool = False

    def under(self, plan: RatingPlan) -> "Checkpoint":
        """This checkpoint, ready to go on under `plan`: from the beginning if anything rated could change."""
        affected_from = min(plan.affected_from[self.plan_version :], default=date.max)
        if self.latest_occurred_at is None or day_of(self.latest_occurred_at) < affected_from:
            return self.model_copy(update={"plan_version": plan.version})
        return Checkpoint(plan_version=plan.version)


def total_usage(checkpoints: Iterable[Checkpoint]) -> Usage:
    """The usage of a customer: the sum over the shards of its log."""
    total: Usage = {}
    for checkpoint in checkpoints:
        for attribute_id, periods in checkpoint.usage.items():
            sums = total.setdefault(attribute_id, {})
            for start, quantity in periods.items():
                sums[start] = sums.get(start, 0) + quantity
    return total


def _benefits_of(order: Order) -> Iterator[PlanBenefit]:
    for line, attribute in order.attributes():
        calendar = order.calendar(line, attribute)
        for place, benefit in enumerate(attribute.pricing.benefits):
            yield PlanBenefit(
                order_line_attribute_id=attribute.id,
                benefit=benefit,
                place=place,
                quantity=attribute.quantity,
                happens_once=attribute.pricing.charge_type is ChargeType.ONE_TIME,
                start=calendar.start,
                end=calendar.end,
                anchor_day=calendar.anchor_day,
                months=calendar.months,
                activated_on=date.min if order.activated_at is None else day_of(order.activated_at),
            )


def _overlap(one: PlanEntry, other: PlanEntry, *, since: date) -> bool:
    """Whether a signal on or after `since` could count for both."""
    if (one.event_name, one.costs_in) != (other.event_name, other.costs_in):
        return False
    if one.product_id != other.product_id and one.costs_in is None:  # a cost of no product counts for any
        return False
    start = max(one.start, other.start, since)
    return start < min(one.end or date.max, other.end or date.max)


def _entries_of(order: Order) -> tuple[PlanEntry, ...]:
    entries: list[PlanEntry] = []
    for line, attribute in order.attributes():
        pricing = attribute.pricing
        if pricing.charge_type is not ChargeType.USAGE:
            continue
        sums_costs = pricing.model is PricingModel.COST_PLUS
        calendar = order.calendar(line, attribute)
        entries.append(
            PlanEntry(
                order_id=order.id,
                order_line_id=line.id,
                order_line_attribute_id=attribute.id,
                product_id=line.product_id,
                product_external_id=line.product_external_id,
                event_name="" if sums_costs else pricing.event_name or "",
                costs_in=order.currency if sums_costs else None,
                credits=pricing.credits,
                charges_overage=pricing.overage_unit_minor is not None,
                start=calendar.start,
                end=calendar.end,
                anchor_day=calendar.anchor_day,
                months=calendar.months,
                activated_on=date.min if order.activated_at is None else day_of(order.activated_at),
            )
        )
    return tuple(entries)
