"""What is counted and billed of the log, against the oracle."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from benchmarks.soak.letter import NUMBER
from benchmarks.soak.listing import Listed
from benchmarks.soak.oracle import Usage
from benchmarks.soak.setting import Setting
from functions.billing.models.usage import Checkpoint, total_usage
from functions.wiring import counting, ledgers
from functions.wiring.rating import advance_rating
from infra.resources import INVOICE_QUEUE
from tests.exactly_once.scene import delivered

JULY = date(2025, 7, 1)
"""When everything that was said falls due."""

_ALL = 1_000_000


def of_the_usage(setting: Setting, signals: Iterable[Listed]) -> Iterator[str]:
    """As the workers left it: all signals told apart. As an invoice would take it now: the oracle's usage.

    Where a worker crashed between the two and the name of the signal's customer moved on, nobody comes back to the log
    to rate it; the next invoice does.
    """
    organization_id = setting.tenant.organization_id
    logs = _numbers_by_customer(signals)
    groups = {customer_id: group for group, customer_id in setting.customers.items()}
    for customer_id in setting.witness.customers():
        many = len(logs[customer_id])
        left = counting.checkpoints().load(organization_id, customer_id).checkpoints.values()
        if customer_id in groups and (told_apart := _told_apart(stored.value for stored in left)) != many:
            yield f"{customer_id}: the workers rated {told_apart} of {many} signals"
        rated = advance_rating()(organization_id, customer_id).values()
        if (told_apart := _told_apart(rated)) != many:
            yield f"{customer_id}: {told_apart} of {many} signals are rated"
        expected = setting.oracle.usage(groups.get(customer_id, ""), logs[customer_id])
        if (usage := total_usage(rated)) != expected:
            yield f"{customer_id}: usage is {usage}, expected {expected}"


def of_the_invoices(setting: Setting, signals: Iterable[Listed]) -> Iterator[str]:
    """Everything is billed, and the lines of the invoices hold the oracle's usage."""
    organization_id = setting.tenant.organization_id
    orders = [order.id for order in setting.oracle.orders if order.activated is not None]
    if not orders:
        return
    message = {"schema": 2, "organization": organization_id, "orders": orders, "as_of": str(JULY)}
    if delivered(setting.environment(), INVOICE_QUEUE, [json.dumps(message)]):
        yield f"orders {orders} cannot be billed"
    logs = _numbers_by_customer(signals)
    billed = _billed(organization_id)
    for group, customer_id in setting.customers.items():
        expected = setting.oracle.usage(group, logs[customer_id])
        if billed[customer_id] != expected:
            yield f"{group}: invoices bill {billed[customer_id]}, expected {expected}"


def of_the_receipts(setting: Setting, signals: Iterable[Listed]) -> Iterator[str]:
    """Each signal says what the oracle says, and on which invoice it is: as many do as that has on its line."""
    charged: Counter[tuple[str, str, date]] = Counter()
    for listed in signals:
        expected = counts_of(setting, listed)
        counts = {
            each["orderLineAttributeId"]: date.fromisoformat(each["periodStart"][:10]) for each in listed["counted"]
        }
        status, has_reason = ("counted", False) if expected else ("unattributed", True)
        if (counts, listed["status"], listed["reason"] is not None) != (expected, status, has_reason):
            yield f"{listed} counts for other things than {expected}"
        charged.update(
            (each["invoiceId"], each["orderLineAttributeId"], counts[each["orderLineAttributeId"]])
            for each in listed["counted"]
        )
    billed: Counter[tuple[str, str, date]] = Counter()
    for invoice in ledgers.invoices().page(setting.tenant.organization_id, limit=_ALL, offset=0).items:
        for line in invoice.lines:
            billed[invoice.id, line.order_line_attribute_id, line.period_start] += int(line.quantity)
    for charge in sorted({*charged, *billed}, key=str):
        if charged[charge] != billed[charge]:
            yield f"{charged[charge]} signals say that they are on the line {charge}, which has {billed[charge]}"


def counts_of(setting: Setting, listed: Listed) -> dict[str, date]:
    """What the signal counts for in the log that it is in, each with the first day of the period."""
    group = next((group for group, known in setting.customers.items() if known == listed["customerId"]), "")
    return setting.oracle.counted(setting.oracle.said[listed["data"][NUMBER]], group)


def _billed(organization_id: str) -> dict[str, Usage]:
    """By customer, what the lines of its invoices are for."""
    billed: dict[str, Usage] = defaultdict(dict)
    for invoice in ledgers.invoices().page(organization_id, limit=_ALL, offset=0).items:
        for line in invoice.lines:
            periods = billed[invoice.customer_id].setdefault(line.order_line_attribute_id, {})
            periods[line.period_start] = periods.get(line.period_start, 0) + int(line.quantity)
    return billed


def _told_apart(checkpoints: Iterable[Checkpoint]) -> int:
    return sum(checkpoint.counted + checkpoint.unattributed for checkpoint in checkpoints)


def _numbers_by_customer(signals: Iterable[Listed]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for listed in signals:
        numbers[listed["customerId"]].append(listed["data"][NUMBER])
    return numbers
