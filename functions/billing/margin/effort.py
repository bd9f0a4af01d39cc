"""What one answer takes of the processor, counted as it goes: no number of orders, or of days, says it alone."""

MOST_STEPS = 200_000
"""Of one answer: some 1.6 seconds, and twice that on Lambda (docs/margin.md)."""

READ_COMPONENT = 1
"""Steps, of about 8 microseconds, for a component of an order that is looked at."""

READ_LINE = 2
"""For a line of an invoice that is read, and laid on its days."""

BILL_COMPONENT = 7
"""For a component on a day on which its order is billed, or charged as late, in memory."""


class TooMuchEffortError(Exception):
    """More than one call can do. No BillingError: whoever asked knows what to narrow."""


class Effort:
    """The steps of one answer."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._left = most

    def read(self, *, components: int = 0, lines: int = 0) -> None:
        """Raises TooMuchEffortError."""
        self._spend(READ_COMPONENT * components + READ_LINE * lines)

    def bill(self, components: int) -> None:
        """Raises TooMuchEffortError."""
        self._spend(BILL_COMPONENT * components)

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooMuchEffortError
