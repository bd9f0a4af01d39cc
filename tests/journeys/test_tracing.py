"""The published client's tracing, exporting to the system by nothing but its own environment variables."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from paid import CreateOrderLineRequest, Paid, SignalListItem

from infra.layers import PROJECT
from local.admin import Admin, local_invoke
from tests.journeys.client_of_2025 import installed
from tests.journeys.vendors import vendors
from tests.local.owed import Up
from tests.world import PREFIX

RUNS, EMAIL, MULTIPLIER = 3, 10_00, 2

OPENAI = {
    "model": "gpt-4o-2024-08-06",
    "usage": {
        "prompt_tokens": 1_000_000,
        "completion_tokens": 100_000,
        "prompt_tokens_details": {"cached_tokens": 400_000},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}
# What its cache has read is among its input: 0.6 and 0.4 million at 2.50 and 1.25, 0.1 at 10.00.
OPENAI_COST = Decimal("1.50") + Decimal("0.50") + Decimal("1.00")
BEDROCK = {"usage": {"inputTokens": 100_000, "outputTokens": 10_000, "cacheReadInputTokens": 1_000_000}}
VENDORS = {"/openai": OPENAI, "/bedrock": BEDROCK}


@dataclass(frozen=True)
class Acme:
    """Who buys, and whose spans are reported, in an organization of the test's own."""

    up: Up
    paid: Paid
    key: str
    customer: str
    bill: Callable[[], object]
    """Two months later."""

    def work(self, module: str, *, path: Sequence[Path] = ()) -> None:
        """Runs the agent in a process of its own, which looks for packages in `path` first."""
        with vendors(VENDORS) as url:
            environment = {
                "PATH": os.environ["PATH"],  # noqa: TID251 - what any program is given
                "PYTHONPATH": os.pathsep.join(map(str, [*path, PROJECT])),
                "PAID_API_KEY": self.key,
                "PAID_OTEL_COLLECTOR_ENDPOINT": f"{self.up.endpoint.api.removesuffix(PREFIX)}/v1/traces",
                "API": self.up.endpoint.api,
                "VENDORS": url,
            }
            command = [sys.executable, "-m", module, str(RUNS)]
            subprocess.run(command, env=environment, check=True, timeout=60)  # noqa: S603 - ours


@contextmanager
def _acme(folder: Path) -> Iterator[Acme]:
    first = datetime.now(UTC).date().replace(day=1)
    with Up(folder) as up, httpx.Client(timeout=60) as client:
        admin = Admin(local_invoke(folder))
        made: Any = admin.create_organization("Acme AI", test=True, clock=first.isoformat())
        paid = Paid(token=made["key"]["secret"], base_url=up.endpoint.api, httpx_client=client)
        later = (first + timedelta(days=63)).replace(day=1).isoformat()
        bill = partial(admin.set_clock, made["organization"]["id"], later)
        yield Acme(up, paid, made["key"]["secret"], _sell(paid, first), bill)


@pytest.mark.local
def test_what_the_published_clients_tracing_reports_is_billed_to_the_cent(tmp_path: Path) -> None:
    with _acme(tmp_path) as acme:
        acme.work("tests.journeys.traced_agent")
        acme.bill()

        invoices = acme.paid.invoices.list_invoices().data
        signals = acme.paid.signals.list_signals(limit=10).data

    # Bedrock counts it apart: 0.1 million at 3.00 and 1.0 at 0.30, 0.01 at 15.00.
    bedrock = Decimal("0.30") + Decimal("0.30") + Decimal("0.15")
    costs = RUNS * (OPENAI_COST + bedrock)
    assert sum(invoice.invoice_total for invoice in invoices) == RUNS * EMAIL + MULTIPLIER * costs * 100
    by_span, by_rest = ([each for each in signals if each.name == name] for name in ("email_sent", "email_answered"))
    assert (len(by_span), len(by_rest), len(signals)) == (RUNS, RUNS, 2 * RUNS)
    assert {signal.customer_id for signal in signals} == {acme.customer}
    assert sorted(signal.data["metadata"]["run"]["number"] for signal in by_span if signal.data) == list(range(RUNS))
    assert scopes_of(by_span) == scopes_of(by_rest)


@pytest.mark.local
def test_the_client_of_2025_which_says_its_key_in_its_spans_is_billed_to_the_cent(tmp_path: Path) -> None:
    client = installed(tmp_path / "pip")
    with _acme(tmp_path) as acme:
        acme.work("tests.journeys.traced_agent_of_2025", path=[client])
        acme.bill()

        invoices = acme.paid.invoices.list_invoices().data
        signals = acme.paid.signals.list_signals(limit=10).data

    assert sum(invoice.invoice_total for invoice in invoices) == RUNS * EMAIL + MULTIPLIER * RUNS * OPENAI_COST * 100
    assert [(signal.name, signal.customer_id) for signal in signals] == [("email_sent", acme.customer)] * RUNS


def scopes_of(signals: Sequence[SignalListItem]) -> set[object]:
    """What joins a signal by REST to the spans of its context: each context has its own."""
    scopes = {signal.data["paid"]["paid_scope_id"] for signal in signals if signal.data}
    assert len(scopes) == RUNS
    return scopes


def _sell(paid: Paid, start: date) -> str:
    """Each e-mail at 10.00, and twice what the models have cost; answers who buys it."""
    product = paid.products.create_product(name="AI SDR", external_id="sdr")
    usage = {"pricingType": "UsagePerUnit", "eventName": "email_sent"}
    emails = {"name": "E-mails", "pricing": {**usage, "pricePoints": [{"currency": "USD", "unitPrice": EMAIL}]}}
    models = {"name": "Models", "pricing": {"pricingType": "UsageCostPlus", "costPlusMultiplier": MULTIPLIER}}
    attributes: Any = [emails, models]
    paid.products.update_product_by_id(product.id, product_attributes=attributes)
    customer = paid.customers.create_customer(name="Acme Ltd", external_id="acme")
    order = paid.orders.create_order(
        customer_id=customer.id,
        start_date=datetime.combine(start, time(), UTC),
        currency="USD",
        lines=[CreateOrderLineRequest(product_id=product.id)],
    )
    paid.orders.activate_order_by_id(order.id)
    return str(customer.id)
