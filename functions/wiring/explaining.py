"""Why an invoice says what it says."""

from functools import cache

from functions.billing.usecases.explain_line import ExplainLine
from functions.wiring import counting, entities, ledgers


@cache
def explain_line() -> ExplainLine:
    return ExplainLine(
        register=ledgers.invoices(),
        orders=entities.orders(),
        checkpoints=counting.checkpoints(),
        log=counting.signal_log(),
    )
