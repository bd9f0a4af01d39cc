"""A message of the signal queue before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.billing.models.signal import Source


@dataclass(frozen=True, slots=True)
class SignalMessage:
    """How many entries of the log it brings, and its text, which names its source: that is known when it is sent.

    Of the entries some may be `costs` that came with signals, of which no answer tells.
    """

    size: int
    text: Callable[[Source], str]
    costs: int = 0

    @property
    def signals(self) -> int:
        """Those that were sent as such, and are told of."""
        return self.size - self.costs
