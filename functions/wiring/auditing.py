"""The books against the log."""

from collections.abc import Callable
from functools import cache

from functions.adapters.dynamodb.inventory import DynamoInventory
from functions.billing.models.audit import Allowance, Audited, Cursor, Stage
from functions.billing.usecases.check_invoices import CheckInvoices
from functions.billing.usecases.check_numbers import CheckNumbers
from functions.billing.usecases.check_payments import CheckPayments
from functions.billing.usecases.replay_customer import ReplayCustomer
from functions.billing.usecases.replay_customers import ReplayCustomers
from functions.billing.usecases.replay_deleted_customers import ReplayDeletedCustomers
from functions.billing.usecases.replay_log import ReplayLog
from functions.runtime import settings
from functions.wiring import aws, counting, entities, ledgers, paying, terms

Audit = Callable[[str, Cursor, Allowance], Audited]


@cache
def inventory() -> DynamoInventory:
    return DynamoInventory(aws.records(), aws.dynamodb(), settings.signals_table())


@cache
def replay_log() -> ReplayLog:
    return ReplayLog(
        log=counting.signal_log(),
        checkpoints=counting.checkpoints(),
        orders=entities.orders(),
        schedules=terms.schedules(),
        register=ledgers.invoices(),
        granted=terms.granted,
    )


@cache
def replay_customer() -> ReplayCustomer:
    return ReplayCustomer(customers=entities.customers(), log=counting.signal_log(), replay=replay_log())


@cache
def check_payments() -> CheckPayments:
    return CheckPayments(inventory=inventory(), register=ledgers.invoices(), payments=paying.payments())


@cache
def audit(stage: Stage) -> Audit:
    """What does a part of that stage."""
    match stage:
        case Stage.CUSTOMERS:
            return ReplayCustomers(inventory=inventory(), replay=replay_log())
        case Stage.LOGS:
            return ReplayDeletedCustomers(
                inventory=inventory(), customers=entities.customers(), log=counting.signal_log(), replay=replay_log()
            )
        case Stage.NUMBERS:
            return CheckNumbers(inventory=inventory(), register=ledgers.invoices(), schedules=terms.schedules())
        case Stage.INVOICES:
            return CheckInvoices(
                inventory=inventory(),
                register=ledgers.invoices(),
                orders=entities.orders(),
                paid=check_payments().of_invoices,
            )
        case Stage.PAYMENTS:
            return check_payments()
