"""Tiers of a price: inclusive bounds, one after the other, the last one open (design: Prices)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import Value

Quantity = Annotated[int, Field(ge=0, le=10**12)]
MinorAmount = Annotated[int, Field(ge=0, le=10**12)]
"""A price in whole minor units; the wire has no smaller unit prices (contract 2.3)."""

MAX_TIERS = 100


class Tier(Value):
    """The quantities up to and including `up_to`, from where the tier before it ends; None is without end.

    Of the two amounts at least one is given: `unit_minor` for each unit, `flat_minor` once for the tier.
    """

    up_to: Quantity | None = None
    unit_minor: MinorAmount | None = None
    flat_minor: MinorAmount | None = None


class TierBounds(Value):
    """A tier as somebody wrote it: `lower` may repeat the bound before it, be one more, or be left out."""

    lower: Quantity | None = None
    upper: Quantity | None = None
    unit_minor: MinorAmount | None = None
    flat_minor: MinorAmount | None = None

    def __str__(self) -> str:
        begin = "" if self.lower is None else f"from {self.lower}"
        end = "" if self.upper is None else f"to {self.upper}"
        return " ".join(filter(None, (begin, end))) or "without bounds"


def tiers_of(rows: Sequence[TierBounds]) -> tuple[Tier, ...]:
    """The tiers in ascending order: `0-100, 101-` and `0-100, 100-` mean the same.

    Raises InvalidInput, which names the tier, for a gap, an overlap, a missing amount, or a last tier that is closed.
    """
    if len(rows) > MAX_TIERS:
        raise InvalidInput(f"tiers are {len(rows)}, expected at most {MAX_TIERS}")
    ordered = sorted(rows, key=lambda row: (row.upper is None, row.upper or 0, row.lower or 0))
    before = 0
    for number, row in enumerate(ordered, start=1):
        _check_row(row, f"tier {number} ({row})", before, is_first=number == 1, is_last=number == len(ordered))
        before = row.upper or 0
    return tuple(Tier(up_to=row.upper, unit_minor=row.unit_minor, flat_minor=row.flat_minor) for row in ordered)


def lower_bound(tiers: Sequence[Tier], index: int) -> int:
    """The first whole quantity of the tier at `index`; the first tier begins at zero."""
    return 0 if index == 0 else (tiers[index - 1].up_to or 0) + 1


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Raises ValueError unless the tiers ascend and only the last is open."""
    bounds = [tier.up_to for tier in tiers]
    closed = [bound for bound in bounds[:-1] if bound is not None]
    ascending = all(low < high for low, high in pairwise(closed))
    if bounds and (bounds[-1] is not None or len(closed) < len(bounds) - 1 or not ascending):
        raise ValueError(f"the tiers end at {bounds}, expected ascending bounds and an open end")


def _check_row(row: TierBounds, name: str, before: int, *, is_first: bool, is_last: bool) -> None:
    """`before` is the bound of the tier before it."""
    if row.unit_minor is None and row.flat_minor is None:
        raise InvalidInput(f"{name} has no amount, expected unitAmount, flatAmount or both")
    if row.lower is not None and row.upper is not None and row.upper < row.lower:
        raise InvalidInput(f"{name} ends before it begins: expected an upperBound of {row.lower} at least")
    if row.lower is not None and row.lower > before + 1:
        raise InvalidInput(f"{name} leaves a gap: expected lowerBound {_expected(before, is_first=is_first)}")
    overlaps = row.lower is not None and row.lower < before
    if overlaps or (not is_first and row.upper is not None and row.upper <= before):
        raise InvalidInput(f"{name} overlaps the tier before it: expected lowerBound {before + 1}")
    if is_last and row.upper is not None:
        raise InvalidInput(f"{name} is the last and closed: expected no upperBound, more may be used than that")
    if not is_last and row.upper is None:
        raise InvalidInput(f"{name} is open, but not the last: expected an upperBound")


def _expected(before: int, *, is_first: bool) -> str:
    return "0" if is_first else str(before + 1)
