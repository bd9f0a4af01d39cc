"""What `owed doctor` asks of the inside."""

from functools import cache

from functions.billing.usecases.check_billing_run import CheckBillingRun
from functions.billing.usecases.find_unrated import FindUnrated
from functions.wiring import auditing, counting, identity, ledgers, terms


@cache
def find_unrated() -> FindUnrated:
    return FindUnrated(inventory=auditing.inventory(), checkpoints=counting.checkpoints())


@cache
def check_billing_run() -> CheckBillingRun:
    """Without a second look, for a person does not wait a minute: what is being billed now is told as unfinished."""
    return CheckBillingRun(
        organizations=identity.organizations(),
        schedules=terms.schedules(),
        register=ledgers.invoices(),
        pause=lambda: None,
    )
