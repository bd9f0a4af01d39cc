"""The published client's tracing, exporting to the system by nothing but its own environment variables."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from paid import CreateOrderLineRequest, Paid, SignalListItem

from local.admin import Admin, local_invoke
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
BEDROCK = {"usage": {"inputTokens": 100_000, "outputTokens": 10_000, "cacheReadInputTokens": 1_000_000}}
VENDORS = {"/openai": OPENAI, "/bedrock": BEDROCK}


def _run_agent(up: Up, key: str, *, runs: int) -> None:
    with vendors(VENDORS) as url:
        environment = {
            "PATH": os.environ["PATH"],  # noqa: TID251 - what any program is given
            "PAID_API_KEY": key,
            "PAID_OTEL_COLLECTOR_ENDPOINT": f"{up.endpoint.api.removesuffix(PREFIX)}/v1/traces",
            "API": up.endpoint.api,
            "VENDORS": url,
        }
        command = [sys.executable, str(Path(__file__).with_name("traced_agent.py")), str(runs)]
        subprocess.run(command, env=environment, check=True, timeout=60)  # noqa: S603 - ours


@pytest.mark.local
def test_what_the_published_clients_tracing_reports_is_billed_to_the_cent(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = now.date().replace(day=1)
    with Up(tmp_path) as up, httpx.Client(timeout=60) as client:
        admin = Admin(local_invoke(tmp_path))
        made: Any = admin.create_organization("Acme AI", test=True, clock=first.isoformat())
        organization_id, key = made["organization"]["id"], made["key"]["secret"]
        paid = Paid(token=key, base_url=up.endpoint.api, httpx_client=client)
        customer = _sell(paid, first)

        _run_agent(up, key, runs=RUNS)
        admin.set_clock(organization_id, (first + timedelta(days=63)).replace(day=1).isoformat())

        invoices = paid.invoices.list_invoices().data
        signals = paid.signals.list_signals(limit=10).data

    # OpenAI counts what its cache has read among its input: 0.6 and 0.4 million at 2.50 and 1.25, 0.1 at 10.00.
    openai = Decimal("1.50") + Decimal("0.50") + Decimal("1.00")
    # Bedrock counts it apart: 0.1 million at 3.00 and 1.0 at 0.30, 0.01 at 15.00.
    bedrock = Decimal("0.30") + Decimal("0.30") + Decimal("0.15")
    costs = RUNS * (openai + bedrock)
    assert sum(invoice.invoice_total for invoice in invoices) == RUNS * EMAIL + MULTIPLIER * costs * 100
    by_span, by_rest = ([each for each in signals if each.name == name] for name in ("email_sent", "email_answered"))
    assert (len(by_span), len(by_rest), len(signals)) == (RUNS, RUNS, 2 * RUNS)
    assert {signal.customer_id for signal in signals} == {customer}
    assert sorted(signal.data["metadata"]["run"]["number"] for signal in by_span if signal.data) == list(range(RUNS))
    assert scopes_of(by_span) == scopes_of(by_rest)


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
