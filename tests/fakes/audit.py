"""An audit of a shop, part by part as the admin function does it."""

from functions.billing.models.audit import Allowance, Audited, Cursor, Replayed, Stage
from functions.billing.usecases.check_invoices import CheckInvoices
from functions.billing.usecases.check_numbers import CheckNumbers
from functions.billing.usecases.check_payments import CheckPayments
from functions.billing.usecases.replay_customers import ReplayCustomers
from functions.billing.usecases.replay_deleted_customers import ReplayDeletedCustomers
from functions.billing.usecases.replay_log import ReplayLog
from tests.fakes.inventory import FakeInventory
from tests.fakes.shop import LOG, ORG, Shop

ALL_THE_TIME = Allowance(may_begin=lambda: True, may_go_on=lambda: True)
ONE_THING = Allowance(may_begin=lambda: False, may_go_on=lambda: True)
"""Nothing is begun but the first thing of a call."""


def replay_log(shop: Shop) -> ReplayLog:
    return ReplayLog(
        log=shop.log,
        checkpoints=shop.checkpoints,
        orders=shop.orders,
        schedules=shop.schedules,
        register=shop.register,
        granted=shop.granted,
    )


def replayed(shop: Shop, customer_id: str = LOG.customer_id) -> Replayed:
    return replay_log(shop)(ORG, customer_id, ALL_THE_TIME)


def found(shop: Shop) -> list[str]:
    """What the replay of the customer finds, in words."""
    return [finding.sentence for finding in replayed(shop).findings]


def audit_step(shop: Shop, cursor: Cursor, allowance: Allowance = ALL_THE_TIME) -> Audited:
    inventory = FakeInventory(customers=shop.customers, log=shop.log, register=shop.register, payments=shop.payments)
    replay = replay_log(shop)
    payments = CheckPayments(inventory=inventory, register=shop.register, payments=shop.payments)
    match cursor.stage:
        case Stage.CUSTOMERS:
            return ReplayCustomers(inventory=inventory, replay=replay)(ORG, cursor, allowance)
        case Stage.LOGS:
            logs = ReplayDeletedCustomers(inventory=inventory, customers=shop.customers, log=shop.log, replay=replay)
            return logs(ORG, cursor, allowance)
        case Stage.NUMBERS:
            numbers = CheckNumbers(inventory=inventory, register=shop.register, schedules=shop.schedules)
            return numbers(ORG, cursor, allowance)
        case Stage.INVOICES:
            invoices = CheckInvoices(
                inventory=inventory, register=shop.register, orders=shop.orders, paid=payments.of_invoices
            )
            return invoices(ORG, cursor, allowance)
        case Stage.PAYMENTS:
            return payments(ORG, cursor, allowance)


def audited(shop: Shop, allowance: Allowance = ALL_THE_TIME) -> tuple[Replayed, int]:
    """The whole audit, and how many calls it took."""
    cursor: Cursor | None = Cursor()
    total, calls = Replayed(), 0
    while cursor is not None:
        part = audit_step(shop, cursor, allowance)
        total, cursor, calls = total + part.replayed, part.next, calls + 1
    return total, calls
