"""What became of a signal: counted and for what, or not and why. Pure, and by the very rules of the rating."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from functions.billing.models.invoice import Invoice
from functions.billing.models.rating_plan import PlanEntry
from functions.billing.models.segment import SignalPosition
from functions.billing.models.signal import LoggedSignal
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.periods import Period, day_of
from functions.billing.rating.invoice_trail import InvoiceTrail
from functions.billing.rating.unattributed import Reason, why_unattributed
from functions.billing.rating.usage import Matcher


class SignalStatus(StrEnum):
    """`pending` is in the log and not rated yet, or to be rated anew because the terms of an order changed."""

    COUNTED = "counted"
    UNATTRIBUTED = "unattributed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Count:
    """A price and the period of it that a signal counts for; `invoice` is None while none charges it."""

    entry: PlanEntry
    period: Period
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """`counts` has an entry for every price of the line that the signal counts on; without any, `reason` says why.

    Both are by the terms of today, also of a pending signal: they tell what it will be.
    """

    status: SignalStatus
    counts: tuple[Count, ...]
    reason: Reason | None


class _Alike(NamedTuple):
    """What decides what a signal counts for."""

    event_name: str
    product_id: str | None
    external_product_id: str | None
    day: date


class Receipts:
    """Of one customer's signals; remembers what alike ones count for."""

    def __init__(self, plan: RatingPlan, *, customer_id: str) -> None:
        self._plan = plan
        self._customer_id = customer_id
        self._matcher = Matcher(plan)
        self._counts: dict[_Alike, list[Count]] = {}
        self._reasons: dict[_Alike, Reason] = {}

    def counts(self, signal: LoggedSignal) -> list[Count]:
        """What the signal counts for, whoever charges it."""
        alike = _alike(signal)
        if alike not in self._counts:
            periods = ((entry, entry.calendar.period_of(alike.day)) for entry, _ in self._matcher.matches(signal))
            self._counts[alike] = [Count(entry, period) for entry, period in periods if period is not None]
        return self._counts[alike]

    def of(
        self, signal: LoggedSignal, position: SignalPosition, *, checkpoint: Checkpoint, trail: InvoiceTrail
    ) -> Receipt:
        """`checkpoint` is that of the signal's shard; `trail` knows the invoices of the orders that it counts for."""
        counts = tuple(
            Count(
                count.entry,
                count.period,
                trail.invoice_of(
                    position,
                    attribute_id=count.entry.order_line_attribute_id,
                    period_start=count.period.start,
                ),
            )
            for count in self.counts(signal)
        )
        reason = None if counts else self._reason(signal)
        return Receipt(self._status(signal, position, checkpoint, counts), counts, reason)

    def _status(
        self, signal: LoggedSignal, position: SignalPosition, checkpoint: Checkpoint, counts: tuple[Count, ...]
    ) -> SignalStatus:
        is_charged = bool(counts) and all(count.invoice is not None for count in counts)
        if not is_charged and not self._is_rated(signal, position, checkpoint):
            return SignalStatus.PENDING
        return SignalStatus.COUNTED if counts else SignalStatus.UNATTRIBUTED

    def _is_rated(self, signal: LoggedSignal, position: SignalPosition, checkpoint: Checkpoint) -> bool:
        """Whether the usage has it, or is without it, as the plan of today says; see `Checkpoint.under`."""
        affected_from = min(self._plan.affected_from[checkpoint.plan_version :], default=date.max)
        return position.segment <= checkpoint.rated_through and day_of(signal.occurred_at) < affected_from

    def _reason(self, signal: LoggedSignal) -> Reason:
        alike = _alike(signal)
        if alike not in self._reasons:
            self._reasons[alike] = why_unattributed(self._plan, signal, customer_id=self._customer_id)
        return self._reasons[alike]


def _alike(signal: LoggedSignal) -> _Alike:
    return _Alike(signal.event_name, signal.product_id, signal.external_product_id, day_of(signal.occurred_at))
