"""Spans as the published clients really sent them: recorded against vendors' APIs imitated on the loopback.

Each call took the same tokens. OpenAI: 1,000 in, of which 400 were cached, and 100 out, of which 30 for reasoning.
Anthropic and Bedrock: 1,000 in, of which 300 were read from a cache and 100 written to it, and 50 out.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.functions.sales import Seller, seller
from tests.functions.spending import entries
from tests.functions.telemetry import JSON, export
from tests.world import World

RECORDED = Path(__file__).parent.parent / "fixtures" / "spans"

KEY = "THE-KEY"
"""Stands where the client of 2025 put its key."""

MILLION = 10**6
GPT_4O = (600 * Decimal("2.50") + 400 * Decimal("1.25") + 100 * Decimal("10.00")) / MILLION
EMBEDDING = 1_000 * Decimal("0.02") / MILLION
SONNET = (600 * Decimal("3.00") + 300 * Decimal("0.30") + 100 * Decimal("3.75") + 50 * Decimal("15.00")) / MILLION

OPENAI_MODEL, SONNET_4, SONNET_BEDROCK = (
    "gpt-4o-2024-08-06",
    "claude-sonnet-4-20250514",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
)


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


@pytest.mark.parametrize(
    ("recording", "costs"),
    [
        ("openai-instrumentation", {OPENAI_MODEL: GPT_4O, "text-embedding-3-small": EMBEDDING}),
        ("openai-wrapper-and-instrumentation", {OPENAI_MODEL: GPT_4O}),
        ("anthropic-wrapper", {SONNET_4: SONNET}),
        ("anthropic-instrumentation", {SONNET_4: SONNET}),
        ("bedrock-wrapper-and-instrumentation", {SONNET_BEDROCK: SONNET}),
        ("langchain-callback-and-instrumentation", {OPENAI_MODEL: GPT_4O}),
        ("paid-python-0.3.6", {OPENAI_MODEL: GPT_4O}),
    ],
)
def test_each_call_of_a_recording_costs_once_what_its_tokens_cost(
    acme: Seller, recording: str, costs: dict[str, Decimal]
) -> None:
    sent = (RECORDED / f"{recording}.json").read_bytes()

    for _ in range(2):
        answer = export(sent, key=acme.tenant.secret, media=JSON)
        acme.world.work()
        assert (answer.status, answer.rejected, answer.sentence) == (200, 0, "")

    logged: list[Any] = [entry.data for entry in entries(acme) if not entry.event_name]
    assert {data["model"]: Decimal(data["amount"]) for data in logged} == costs
    assert len(logged) == len(costs)


def test_the_client_of_2025_brings_its_key_within_its_spans(acme: Seller) -> None:
    sent = (RECORDED / "paid-python-0.3.6.json").read_bytes().replace(KEY.encode(), acme.tenant.secret.encode())

    assert export(sent, media=JSON).status == 200
    acme.world.work()

    (signal,) = [entry for entry in entries(acme) if entry.event_name]
    (cost,) = [entry for entry in entries(acme) if not entry.event_name]
    data: Any = signal.data
    assert (signal.event_name, signal.external_product_id, data["quantity"]) == ("email_sent", "sdr", 1)
    assert data["paid"]["enable_cost_tracing"] is True
    assert cost.data is not None
    assert data["paid"]["trace_id"] == json.loads(json.dumps(cost.data["paid"]))["trace_id"]
