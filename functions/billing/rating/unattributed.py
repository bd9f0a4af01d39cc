"""Why a signal counts for nothing: its nearest miss, in one sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from functions.billing.models.rating_plan import PlanEntry
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import day_of
from functions.billing.rating.usage import Occurrence, names

_SHOWN = 10
"""Of a list of names; a sentence has to end."""

_DAY = timedelta(days=1)


class Miss(StrEnum):
    """By what a signal missed the prices of its customer, the nearest last."""

    NO_USAGE_PRICE = "NO_USAGE_PRICE"
    EVENT_NOT_COUNTED = "EVENT_NOT_COUNTED"
    NO_PRODUCT = "NO_PRODUCT"
    OTHER_PRODUCT = "OTHER_PRODUCT"
    OUTSIDE_DATES = "OUTSIDE_DATES"


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code, and a sentence for people."""

    code: Miss
    sentence: str


def why_unattributed(plan: RatingPlan, signal: Occurrence, *, customer_id: str) -> Reason:
    """The reason, of a signal that no entry of its customer's plan matches."""
    priced = [entry for entry in plan.entries if entry.event_name and not _is_never(entry)]
    if not priced:
        return Reason(Miss.NO_USAGE_PRICE, f"customer {customer_id} has no active order with a usage price")
    of_event = [entry for entry in priced if entry.event_name == signal.event_name]
    if not of_event:
        counted = _listed(repr(entry.event_name) for entry in priced)
        sentence = f"no order of customer {customer_id} counts {signal.event_name!r}, expected one of {counted}"
        return Reason(Miss.EVENT_NOT_COUNTED, sentence)
    of_product = [entry for entry in of_event if names(entry, signal)]
    if not of_product:
        return _of_product(of_event, signal)
    return _of_dates(of_product, signal)


def _of_product(of_event: Sequence[PlanEntry], signal: Occurrence) -> Reason:
    """Names the products that count on the signal's day, if there are any; else those of other days."""
    day = day_of(signal.occurred_at)
    on_that_day = [entry for entry in of_event if entry.calendar.period_of(day) is not None]
    counted = _listed(_product(entry.product_id, entry.product_external_id) for entry in on_that_day or of_event)
    begin = f"{signal.event_name!r} is counted for product {counted}, the signal names "
    product_id, named = signal.product_id, signal.external_product_id
    if product_id is not None:
        return Reason(Miss.OTHER_PRODUCT, f"{begin}product {_product(product_id, named)}")
    if named is not None:
        return Reason(Miss.OTHER_PRODUCT, f"{begin}external product id {named!r}, which led to no product")
    return Reason(Miss.NO_PRODUCT, f"{begin}no product")


def _of_dates(of_product: Sequence[PlanEntry], signal: Occurrence) -> Reason:
    day = day_of(signal.occurred_at)
    nearest = min(of_product, key=lambda entry: _days_between(entry, day))
    until = "on" if nearest.end is None else f"to {nearest.end - _DAY}"
    sentence = (
        f"the signal is of {day}, order {nearest.order_id} counts {signal.event_name!r} of product "
        f"{_product(nearest.product_id, nearest.product_external_id)} from {nearest.start} {until}"
    )
    return Reason(Miss.OUTSIDE_DATES, sentence)


def _is_never(entry: PlanEntry) -> bool:
    """Whether the order ended before the line began."""
    return entry.end is not None and entry.end <= entry.start


def _days_between(entry: PlanEntry, day: date) -> timedelta:
    """From the day to the nearest one that the entry counts."""
    if day < entry.start:
        return entry.start - day
    return timedelta() if entry.end is None or day < entry.end else day - entry.end + _DAY


def _product(product_id: str, external_id: str | None) -> str:
    return product_id if external_id is None else f"{product_id} ({external_id!r})"


def _listed(shown: Iterable[str]) -> str:
    """Each once, in alphabetical order."""
    distinct = sorted(set(shown))
    more = len(distinct) - _SHOWN
    return ", ".join(distinct[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
