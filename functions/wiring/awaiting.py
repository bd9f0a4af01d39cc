"""Credits that wait for an invoice."""

from functools import cache

from functions.billing.invoicing.payment import fully_paid_at
from functions.billing.usecases.find_given import FindGiven
from functions.wiring import ledgers


@cache
def find_given() -> FindGiven:
    return FindGiven(invoices=ledgers.invoices().get_many, paid_at=fully_paid_at)
