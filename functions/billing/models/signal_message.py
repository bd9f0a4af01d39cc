"""A message of the signal queue before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.billing.models.signal import Source


@dataclass(frozen=True, slots=True)
class SignalMessage:
    """How many signals it brings, and its text, which names its source: that is known when it is sent, not before."""

    size: int
    text: Callable[[Source], str]
