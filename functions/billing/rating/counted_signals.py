"""Which signals stand behind a quantity: the log read again through a position, as the rating reads it (law 4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.segment import Segment
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.usage import RatingPlan
from functions.billing.rating.usage import Matcher


@dataclass(frozen=True, slots=True)
class CountedSignals:
    """A stretch of what counts for one price and period, in log order.

    `count` signals, or priced costs, that come to `quantity`: their number, costs in 10^-12 major units, or credits in
    millionths, from `first` to `last`. `found` is the quantity of everything that counts, before and behind it too.
    """

    count: int
    quantity: int
    first: LoggedSignal | None
    last: LoggedSignal | None
    found: int


def counted_signals(
    plan: RatingPlan, segments: Iterable[Segment], *, attribute_id: str, period_start: date, between: tuple[int, int]
) -> CountedSignals:
    """What brought the quantity from the first of `between` to the second: a log only grows, so that is a stretch."""
    before, quantity = between
    found, count, stretch = 0, 0, 0
    ends: list[tuple[Segment, int]] = []
    for segment, index, amount in _counted(plan, segments, attribute_id, period_start):
        if before <= found < quantity:
            count, stretch = count + 1, stretch + amount
            ends = [*ends[:1], (segment, index)]
        found += amount
    shown = [segment.signal(index) for segment, index in ends]
    return CountedSignals(
        count=count,
        quantity=stretch,
        first=shown[0] if shown else None,
        last=shown[-1] if shown else None,
        found=found,
    )


def _counted(
    plan: RatingPlan, segments: Iterable[Segment], attribute_id: str, period_start: date
) -> Iterator[tuple[Segment, int, int]]:
    """Where in the log something counts for the price and period, and how much."""
    matcher = Matcher(plan)
    for segment in segments:
        for index, entry in enumerate(segment.entries):
            cost = Cost.of(entry.data or {}) if entry.event_name == COST_EVENT else None
            if cost is not None and cost.is_unpriced:
                continue  # what it cost is said by its later price, as an entry of its own
            for plan_entry, start in matcher.matches(entry, costs_in=None if cost is None else cost.currency):
                if plan_entry.order_line_attribute_id == attribute_id and start == period_start:
                    yield segment, index, plan_entry.amount_of(entry, cost)
