"""How much one request may hold: what one function call can surely read, price and send."""

from functions.billing.errors import TooLarge

MAX_SPANS = 10_000
_EACH = 100
"""Attributes of a span on the average: OpenTelemetry's libraries send at most 128."""

MOST = {
    "resources": MAX_SPANS,
    "scopes": MAX_SPANS,
    "spans": MAX_SPANS,
    "attributes": _EACH * MAX_SPANS,
    "values": _EACH * MAX_SPANS,
}
"""Values are what lists and objects in attributes have in them; of JSON whatever is parsed."""


class Limits:
    """Of one request; what goes beyond them is refused before it is begun with."""

    def __init__(self) -> None:
        self._left = dict(MOST)

    def take(self, what: str, number: int) -> None:
        """Raises TooLarge."""
        self._left[what] -= number
        if self._left[what] < 0:
            raise TooLarge(f"the request has more than {MOST[what]} {what}, expected smaller batches")
