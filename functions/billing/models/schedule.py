"""When an order is billed next, and what it was billed so far."""

from datetime import date

from functions.billing.models.entity import Value
from functions.billing.models.usage import Usage


class BillingSchedule(Value):
    """Where the billing of one active order stands; it moves in the transaction that stores the invoice of a date.

    `next_billing_on` is None when nothing is left to bill, `billed_until` the last day whose invoice is made, if there
    is one. `billed_usage` is the usage that stands on invoices, so that signals which come later can be told from
    those already paid for. `undocumented` are posted invoices whose documents nobody was asked for yet.
    """

    order_id: str
    customer_id: str
    next_billing_on: date | None = None
    billed_until: date | None = None
    billed_usage: Usage = {}
    billed_minor: int = 0
    undocumented: tuple[str, ...] = ()

    def is_due(self, as_of: date) -> bool:
        """Whether something falls due on or before `as_of`, or a crashed run left something to finish."""
        return bool(self.undocumented) or (self.next_billing_on is not None and self.next_billing_on <= as_of)
