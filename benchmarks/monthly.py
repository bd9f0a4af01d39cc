"""What a month costs companies of three sizes: the tables of docs/operations.md. `python -m benchmarks.monthly`.

An upper bound made of budgets, not of a bill: what a signal and an invoice cost at most `make bench` counts and holds,
and what is only allowed for is a constant here. No free tier is taken off; data that leave AWS are not in it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.budget import DOLLARS_PER_MILLION_INVOICES, DOLLARS_PER_MILLION_SIGNALS
from benchmarks.prices import Counts, dollars
from infra.metrics import METRICS
from infra.resources import FUNCTIONS

SECONDS = 730 * 3600
"""Of a month."""

TABLE_GB, RECOVERY_GB, BUCKET_GB = 0.25, 0.20, 0.023
LOG_GB_WRITTEN, LOG_GB_KEPT = 0.50, 0.03
ALARM, METRIC, DASHBOARD = 0.10, 0.30, 3.00
"""Dollars a month, each, as `PRICES_AS_OF`."""

ALARMS, DASHBOARDS = 58, 1
"""tests/infra/test_monthly.py holds both against the template."""

QUIET_METRICS = 2
"""Those that the daily run and its check write although nothing is due."""

KEPT_MONTHS = 12
"""What was stored in the months before is paid for too."""

SIGNAL_BYTES = 90
"""The budget of what a signal takes at a hundred per append; fewer take more, and are few."""

ENTITY_BYTES, INVOICE_BYTES, DOCUMENT_BYTES = 6_000, 1_200, 60_000
"""Of a customer with all that belongs to it; of an invoice; of its JSON and PDF."""

LOG_BYTES = 1_500
"""Of a call: what Lambda reports, what the function says, its metrics, and the line of the access log."""

READS = 100
"""Requests of a customer a month that only read: a dashboard, a portal."""

WEBHOOKS = 2
"""Of an invoice: created and posted."""

SIGNALS_PER_DELIVERY = 10
"""Requests that the worker takes from the queue at once, while there are so many."""

POLLS_PER_SECOND = 5 / 20
"""Lambda asks a quiet queue with five pollers that wait for twenty seconds each."""

ONE_READ = Counts(http_requests=1, lambda_requests=1, lambda_gb_seconds=0.01, read_units=4)
ONE_WEBHOOK = Counts(sqs_requests=3, lambda_requests=1, lambda_gb_seconds=0.25, write_units=3, read_units=3)


@dataclass(frozen=True, slots=True)
class Company:
    """`per_request` signals come with a request; every customer has one invoice a month."""

    name: str
    customers: int
    signals: int
    per_request: int


COMPANIES = (
    Company("10 customers, 100 thousand signals", 10, 100_000, 10),
    Company("1,000 customers, 30 million signals", 1_000, 30_000_000, 100),
    Company("50,000 customers, 3 billion signals", 50_000, 3_000_000_000, 1_000),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the table: dollars a month, by company."""

    what: str
    dollars: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands there whether it is used or not, at its list price an hour, so many of it."""

    what: str
    dollars_an_hour: float
    many: int = 1


ALWAYS_ON = (
    Standing("load balancer", 0.0225),
    Standing("NAT gateway, two zones", 0.045, 2),
    Standing("containers on Fargate (arm64, 1 vCPU, 2 GB): two for the API, two for the workers", 0.03950, 4),
    Standing("PostgreSQL, db.t4g.medium in two zones", 0.129),
    Standing("Redis, cache.t4g.small, two nodes", 0.032, 2),
    Standing("Kafka, three kafka.t3.small", 0.0456, 3),
)
"""What a usage-based billing system of the usual kind runs on, in its smallest safe form."""


def parts() -> list[Part]:
    return [Part(what, tuple(map(cost, COMPANIES))) for what, cost in _PARTS.items()]


def total(company: Company) -> float:
    return sum(cost(company) for cost in _PARTS.values())


def idle() -> float:
    """Dollars of a month in which nobody calls, once everything stored is gone."""
    return _standing_with(QUIET_METRICS) + _polls()


def always_on() -> float:
    return sum(each.dollars_an_hour * each.many for each in ALWAYS_ON) * SECONDS / 3600


def requests(company: Company) -> float:
    return company.signals / company.per_request


def calls(company: Company) -> float:
    """Of functions, each of which writes to the log."""
    deliveries = requests(company) / SIGNALS_PER_DELIVERY
    return requests(company) + deliveries + company.customers * (READS + WEBHOOKS + 2)


def _signals(company: Company) -> float:
    return company.signals / 1e6 * DOLLARS_PER_MILLION_SIGNALS[company.per_request]


def _invoices(company: Company) -> float:
    return company.customers / 1e6 * DOLLARS_PER_MILLION_INVOICES


def _reads(company: Company) -> float:
    return company.customers * READS * dollars(ONE_READ)


def _webhooks(company: Company) -> float:
    return company.customers * WEBHOOKS * dollars(ONE_WEBHOOK)


def _tables(company: Company) -> float:
    stored = company.signals * SIGNAL_BYTES + company.customers * INVOICE_BYTES
    gigabytes = (stored * KEPT_MONTHS + company.customers * ENTITY_BYTES) / 1e9
    return gigabytes * (TABLE_GB + RECOVERY_GB)


def _documents(company: Company) -> float:
    return company.customers * DOCUMENT_BYTES * KEPT_MONTHS / 1e9 * BUCKET_GB


def _logs(company: Company) -> float:
    months = 3
    return calls(company) * LOG_BYTES / 1e9 * (LOG_GB_WRITTEN + months * LOG_GB_KEPT)


def _standing(company: Company) -> float:
    del company
    return _standing_with(sum(len(names) for names in METRICS.values()))


def _standing_with(metrics: int) -> float:
    return ALARMS * ALARM + metrics * METRIC + DASHBOARDS * DASHBOARD


def _quiet_queues(company: Company) -> float:
    del company
    return _polls()


def _polls() -> float:
    queues = sum(function.trigger is not None for function in FUNCTIONS)
    return queues * POLLS_PER_SECOND * SECONDS * dollars(Counts(sqs_requests=1))


_PARTS = {
    "signals: API Gateway, Lambda, SQS, DynamoDB": _signals,
    "invoices with JSON and PDF: SQS, Lambda, DynamoDB, S3": _invoices,
    "reading: API Gateway, Lambda, DynamoDB": _reads,
    "webhooks: SQS, Lambda, DynamoDB": _webhooks,
    "tables and their recovery, a year of signals": _tables,
    "documents in S3, a year of them": _documents,
    "logs, kept for three months": _logs,
    "alarms, metrics, dashboard": _standing,
    "asking quiet queues": _quiet_queues,
}


def cost_table() -> str:
    """In Markdown."""
    rows = [(part.what, *map(_money, part.dollars)) for part in parts()]
    rows.append(("**a month**", *(f"**{_money(total(company))}**" for company in COMPANIES)))
    each = (f"{total(company) / company.customers:.2f}" for company in COMPANIES)
    rows.append(("per customer", *each))
    return _markdown(("dollars", *(company.name for company in COMPANIES)), rows)


def standing_table() -> str:
    rows = [(each.what, _money(each.dollars_an_hour * each.many * SECONDS / 3600)) for each in ALWAYS_ON]
    rows.append(("**an always-on stack, a month**", f"**{_money(always_on())}**"))
    rows.append(("**Owed, a month without a call**", f"**{_money(idle())}**"))
    return _markdown(("dollars", "idle"), rows)


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(row) for row in (head, ("---", *("---:" for _ in head[1:])), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(f"{cost_table()}\n\n{standing_table()}\n")
