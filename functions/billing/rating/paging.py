"""Usage leaves a checkpoint for pages, so that the item which every append writes stays small (docs/credits.md).

    checkpoint   what came last │ names ─▶ page, page, ... (written once, each with what a stretch of the log brought)

All usage is the sum of both; a late signal adds to the checkpoint as every other. Eight pages of one size become one,
which has them in it: so there are few, and what was written is written again twice at most. A page is called for the
stretch that it was counted from, and lies before a checkpoint names it: a crash between the two leaves one that nobody
asks for, and who makes it again makes the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from functions.billing.models.usage import Checkpoint, PageName, Usage, UsagePage

FULL = 12_000
"""Bytes of usage that a checkpoint holds, as JSON: 500 days of a price or of a user, 4 to 6 KB when compressed."""

FAN = 8
"""Pages of one size that become one."""

LARGEST = FULL * FAN * FAN
"""From this weight on a page is not put into another one."""

PART = 300_000
"""Of a page in one item, which ends at 395 KB."""

_DAY = 24
"""Bytes of a day with its quantity, `"2025-06-01":250000000,`."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where usage leaves a checkpoint: those of its pages that stay, and those that are put into the new one."""

    kept: tuple[PageName, ...]
    folded: tuple[PageName, ...]


def cut(checkpoint: Checkpoint) -> Cut | None:
    """None while its usage fits."""
    weight = weight_of(checkpoint.usage)
    if weight <= FULL:
        return None
    kept = checkpoint.pages
    folded: tuple[PageName, ...] = ()
    while weight < LARGEST:
        start = _start_of_alike(kept, _size(weight))
        if len(kept) - start < FAN - 1:
            break
        weight += sum(page.weight for page in kept[start:])
        kept, folded = kept[:start], (*kept[start:], *folded)
    return Cut(kept, folded)


def paged(checkpoint: Checkpoint, at: Cut, usage: Usage) -> tuple[Checkpoint, dict[str, UsagePage]]:
    """The checkpoint without its usage, and what it names then; `usage` is its own and that of the folded pages."""
    parts = list(_parts(usage))
    name = PageName(
        plan_version=checkpoint.plan_version,
        after=at.kept[-1].through if at.kept else 0,
        through=checkpoint.rated_through,
        weight=weight_of(usage),
        parts=len(parts),
    )
    pages = dict(zip(name.keys, parts, strict=True))
    return checkpoint.model_copy(update={"usage": {}, "pages": (*at.kept, name)}), pages


def weight_of(usage: Usage) -> int:
    return sum(_weight(key) + _DAY * len(days) for key, days in usage.items())


def _weight(key: str) -> int:
    return len(key.encode()) + len('"":{},')


def _size(weight: int) -> int:
    """How often the weight has grown by the fan: of the smallest pages 0."""
    size = 0
    while weight >= FULL * FAN ** (size + 1):
        size += 1
    return size


def _start_of_alike(pages: Sequence[PageName], size: int) -> int:
    """Where the last of the pages begin that are of that size, or smaller."""
    larger = (at for at in range(len(pages), 0, -1) if _size(pages[at - 1].weight) > size)
    return next(larger, 0)


def _parts(usage: Usage) -> Iterator[UsagePage]:
    part: Usage = {}
    weight = 0
    for key, days in sorted(usage.items()):
        for some in _sliced(sorted(days.items())):
            if part and weight + _weight(key) + _DAY * len(some) > PART:
                yield UsagePage(usage=part)
                part, weight = {}, 0
            part.setdefault(key, {}).update(some)
            weight += _weight(key) + _DAY * len(some)
    yield UsagePage(usage=part)


def _sliced(days: Sequence[tuple[date, int]]) -> Iterator[Sequence[tuple[date, int]]]:
    """No more days of one price or user than there is room for in one part."""
    most = PART // _DAY // 2
    return (days[start : start + most] for start in range(0, len(days), most))
