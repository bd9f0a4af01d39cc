"""What became of signals. Only reading them back needs this: whoever sends some does not wait for it to load."""

from functools import cache

from functions.billing.usecases.find_signals import FindSignals
from functions.billing.usecases.read_receipts import ReadReceipts
from functions.wiring import counting, entities, ledgers, signalling, terms


@cache
def read_receipts() -> ReadReceipts:
    return ReadReceipts(
        checkpoints=counting.checkpoints(),
        schedules=terms.schedules(),
        orders=entities.orders(),
        register=ledgers.invoices(),
    )


@cache
def find_signals() -> FindSignals:
    return FindSignals(
        log=counting.signal_log(), customers=entities.customers(), logs=signalling.signal_listing().customers
    )
