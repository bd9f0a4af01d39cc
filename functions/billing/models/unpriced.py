"""Costs of calls that no list of prices had when they came, as they are found again."""

from dataclasses import dataclass

from functions.billing.models.cost import Cost, TokenUsage
from functions.billing.models.segment import Entry, Segment


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search stands that goes backwards in time: before the entry `index` of the segment at `moment`.

    `moment` is what segments of an organization are sorted by: their time, and what makes it unique.
    """

    moment: str
    index: int


@dataclass(frozen=True, slots=True)
class CostSegments:
    """Segments that hold costs, newest first and each with its moment; `next` is None where there are no more."""

    segments: list[tuple[str, Segment]]
    next: Place | None


@dataclass(frozen=True, slots=True)
class UnpricedCost:
    """An entry of a log; its id is that of the position, as a signal's is."""

    id: str
    segment: Segment
    entry: Entry

    @property
    def cost(self) -> Cost:
        return Cost.of(self.entry.data or {})

    @property
    def usage(self) -> TokenUsage | None:
        """None for a call that was not counted in tokens: no list can price it."""
        usage = (self.entry.data or {}).get("usage")
        return TokenUsage.model_validate(usage) if isinstance(usage, dict) else None


@dataclass(frozen=True, slots=True)
class UnpricedPage:
    """Newest first; from `next` on the search goes on, None where all was looked through."""

    costs: list[UnpricedCost]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Repriced:
    """Of a page: how many have a price now, and how many still have none."""

    priced: int
    unpriced: int
    next: Place | None
