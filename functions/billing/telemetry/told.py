"""A call as one span tells of it."""

from dataclasses import dataclass

from functions.billing.models.cost import Cost
from functions.billing.models.signal import Signal
from functions.billing.telemetry.meaning import Call
from functions.billing.telemetry.span import Span


@dataclass(frozen=True, slots=True)
class Told:
    """The call, what it cost, and the entry of the log that would say so."""

    call: Call
    cost: Cost
    entry: Signal

    @property
    def is_priced(self) -> bool:
        return not self.cost.is_unpriced

    @property
    def span(self) -> Span:
        return self.call.span
