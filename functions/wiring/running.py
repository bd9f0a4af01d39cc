"""Billing runs and test clocks."""

import time
from functools import cache

from functions.billing.usecases.advance_clock import AdvanceClock
from functions.billing.usecases.bill_order import BillOrder
from functions.billing.usecases.start_billing_run import StartBillingRun
from functions.runtime.draining import Drained
from functions.wiring import entities, identity, ledgers, queues, signalling, terms


@cache
def bill_order() -> BillOrder:
    return BillOrder(
        organizations=identity.organizations(),
        orders=entities.orders(),
        customers=entities.customers(),
        contacts=entities.contacts(),
        schedules=terms.schedules(),
        register=ledgers.invoices(),
        documents=queues.document_queue(),
        advance_rating=signalling.advance_rating(),
    )


@cache
def start_billing_run() -> StartBillingRun:
    return StartBillingRun(
        organizations=identity.organizations(), schedules=terms.schedules(), queue=queues.invoice_queue()
    )


@cache
def advance_clock() -> AdvanceClock:
    return AdvanceClock(
        organizations=identity.organizations(), schedules=terms.schedules(), bill=bill_order(), drain=drain()
    )


def drain() -> Drained:
    """Waits for the queues: see `Drained`."""
    return Drained(backlog=queues.backlog(), sleep=time.sleep)
