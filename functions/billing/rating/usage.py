"""Counting signals: segments of the log become usage (law 2). Pure, so that a replay gives the same numbers."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Protocol

from pydantic import JsonValue

from functions.billing.models.cost import COST_EVENT, Cost
from functions.billing.models.rating_plan import PlanEntry
from functions.billing.models.segment import Segment
from functions.billing.models.usage import Checkpoint, RatingPlan, Usage, usage_key
from functions.billing.periods import day_of


def rate_forward(checkpoint: Checkpoint, plan: RatingPlan, segments: Iterable[Segment]) -> Checkpoint:
    """The checkpoint after `segments`, which must follow it in the log without a gap."""
    usage: Usage = {attribute: dict(periods) for attribute, periods in checkpoint.usage.items()}
    counted, unattributed = checkpoint.counted, checkpoint.unattributed
    latest, rated_through = checkpoint.latest_occurred_at, checkpoint.rated_through
    is_split = checkpoint.is_split
    matcher = Matcher(plan)
    for segment in segments:
        if is_split:
            raise ValueError(f"segment {segment.number} follows the split of its shard")
        if segment.number != rated_through + 1:
            raise ValueError(f"segment {segment.number} does not follow {rated_through}")
        for entry in segment.entries:
            cost = Cost.of(entry.data or {}) if entry.event_name == COST_EVENT else None
            matches = matcher.matches(entry, costs_in=None if cost is None else cost.currency)
            for plan_entry, period_start in matches:
                key, start = plan_entry.order_line_attribute_id, period_start
                if plan_entry.credits is not None:
                    start = day_of(entry.occurred_at)
                    key = usage_key(key, matcher.seated(entry.data, start))
                periods = usage.setdefault(key, {})
                periods[start] = periods.get(start, 0) + plan_entry.amount_of(entry, cost)
            counted += bool(matches)
            unattributed += not matches
            latest = entry.occurred_at if latest is None else max(latest, entry.occurred_at)
        rated_through, is_split = segment.number, segment.splits
    return Checkpoint(
        rated_through=rated_through,
        plan_version=plan.version,
        usage=usage,
        counted=counted,
        unattributed=unattributed,
        latest_occurred_at=latest,
        is_split=is_split,
        pages=checkpoint.pages,
    )


class Occurrence(Protocol):
    """What the rating looks at: of an entry of the log, or of a signal read back from it."""

    @property
    def event_name(self) -> str: ...

    @property
    def product_id(self) -> str | None: ...

    @property
    def external_product_id(self) -> str | None: ...

    @property
    def occurred_at(self) -> datetime: ...


class Matcher:
    """Finds what a signal counts for; remembers the answer per day, because signals come in runs of alike ones."""

    def __init__(self, plan: RatingPlan) -> None:
        self._plan = plan
        self._known: dict[tuple[str, str | None, str | None, str | None, date], list[tuple[PlanEntry, date]]] = {}
        self._seated: dict[date, set[str]] = {}

    def matches(self, entry: Occurrence, *, costs_in: str | None = None) -> list[tuple[PlanEntry, date]]:
        """What the entry counts for, each with the first day of the period; `costs_in` is the currency of a cost."""
        day = day_of(entry.occurred_at)
        key = (entry.event_name, costs_in, entry.product_id, entry.external_product_id, day)
        if key not in self._known:
            self._known[key] = self._find(entry, day, costs_in)
        return self._known[key]

    def seated(self, data: Mapping[str, JsonValue] | None, day: date) -> str | None:
        """The user that a signal names as its own, if that one sat on a seat with credits of its own that day."""
        user = (data or {}).get("external_user_id") if self._plan.seats else None
        if not isinstance(user, str):
            return None
        if day not in self._seated:
            self._seated[day] = {user for seat in self._plan.seats for user in seat.users_on(day)}
        return user if user in self._seated[day] else None

    def _find(self, entry: Occurrence, day: date, costs_in: str | None) -> list[tuple[PlanEntry, date]]:
        found: list[tuple[PlanEntry, date]] = []
        for plan_entry in self._plan.entries:
            if plan_entry.costs_in != costs_in or not names(plan_entry, entry):
                continue
            period = plan_entry.calendar.period_of(day)  # last, for it takes longest
            if period is None:
                continue
            if found and not found[0][0].is_beside(plan_entry):
                break
            found.append((plan_entry, period.start))
        return found


def names(plan_entry: PlanEntry, entry: Occurrence) -> bool:
    """Whether the signal is of the entry's event and product; without one a signal is nobody's, a cost anybody's."""
    if plan_entry.event_name != entry.event_name:
        return False
    if entry.product_id is None and entry.external_product_id is None:
        return entry.event_name == COST_EVENT
    if entry.product_id is not None:
        return entry.product_id == plan_entry.product_id
    named = entry.external_product_id
    return named is not None and named == plan_entry.product_external_id
