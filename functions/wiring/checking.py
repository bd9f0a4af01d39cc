"""The look after the billing run."""

import time
from functools import cache, partial

from functions.billing.usecases.check_billing_run import CheckBillingRun
from functions.wiring import identity, ledgers, terms

PAUSE_SECONDS = 60
"""Within it an order that is activated during the first look is billed; if it fails, SQS tries again much later."""


@cache
def check_billing_run() -> CheckBillingRun:
    return CheckBillingRun(
        organizations=identity.organizations(),
        schedules=terms.schedules(),
        register=ledgers.invoices(),
        pause=partial(time.sleep, PAUSE_SECONDS),
    )
