"""On which days an order was billed: with them the ids of its invoices are known, and nothing has to be searched."""

from collections.abc import Iterator
from datetime import date

from functions.billing.invoicing.dues import CLOSING_TIME, next_billing_day
from functions.billing.models.order import Order


def issue_days(order: Order, due_on: date, *, until: date) -> Iterator[date]:
    """From `due_on`, when something of the order fell due, the days that an invoice of it may be of.

    What is billed can move no more, so the order as it is today says it. Only of the looks that are taken after an end
    it does not know whether the end was elsewhere then: they stand in every gap that has room for them.
    """
    day = due_on
    while day <= until:
        yield day
        day = min(next_billing_day(order, day) or date.max, day + CLOSING_TIME)
