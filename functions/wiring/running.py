"""Billing runs and test clocks."""

import time
from functools import cache

from functions.billing.usecases.advance_clock import AdvanceClock
from functions.billing.usecases.bill_orders import BillOrders
from functions.billing.usecases.start_billing_run import StartBillingRun
from functions.runtime.draining import Drained
from functions.wiring import billing, identity, ledgers, queues, rating, terms


@cache
def bill_orders() -> BillOrders:
    return BillOrders(
        schedules=terms.schedules(),
        register=ledgers.invoices(),
        documents=queues.document_queue(),
        gather_facts=billing.gather_facts(rating.advance_ratings(), fresh=False),
    )


@cache
def start_billing_run() -> StartBillingRun:
    return StartBillingRun(
        organizations=identity.organizations(), schedules=terms.schedules(), queue=queues.invoice_queue()
    )


@cache
def advance_clock() -> AdvanceClock:
    return AdvanceClock(
        organizations=identity.organizations(), schedules=terms.schedules(), bill=bill_orders(), drain=drain()
    )


def drain() -> Drained:
    """Waits for the queues: see `Drained`."""
    return Drained(backlog=queues.backlog(), sleep=time.sleep)
