"""Spans as the published clients really sent them: recorded against vendors' APIs imitated on the loopback.

Each call took the same tokens. OpenAI: 1,000 in, of which 400 were cached, and 100 out, of which 30 for reasoning; an
embedding 1,000. Anthropic and Bedrock: 1,000 in, of which 300 were read from a cache and 100 written to it, and 50 out.
Gemini: 1,000 in, of which 400 were cached, 70 out and 30 for reasoning. Cohere: 1,000 in and 100 out.
"""

import json
from collections.abc import Iterator, Sequence
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
"""Stands where the client of 2025 put its key, and where that for Node puts it still."""

MILLION = 10**6
GPT_4O = "gpt-4o-2024-08-06", (600 * Decimal("2.50") + 400 * Decimal("1.25") + 100 * Decimal("10.00")) / MILLION
GPT_4O_CACHE_UNTOLD = "gpt-4o-2024-08-06", (1_000 * Decimal("2.50") + 100 * Decimal("10.00")) / MILLION
GPT_4O_AS_ASKED = "gpt-4o", GPT_4O[1]
EMBEDDING = "text-embedding-3-small", 1_000 * Decimal("0.02") / MILLION
IMAGES = "gpt-image-1", Decimal(0)
_SONNET = (600 * Decimal("3.00") + 300 * Decimal("0.30") + 100 * Decimal("3.75") + 50 * Decimal("15.00")) / MILLION
SONNET = "claude-sonnet-4-20250514", _SONNET
SONNET_WRITING_UNTOLD = (
    "claude-sonnet-4-20250514",
    (700 * Decimal("3.00") + 300 * Decimal("0.30") + 50 * Decimal("15.00")) / MILLION,
)
SONNET_CACHE_UNTOLD = "claude-sonnet-4-20250514", (1_000 * Decimal("3.00") + 50 * Decimal("15.00")) / MILLION
SONNET_BEDROCK = "anthropic.claude-3-5-sonnet-20241022-v2:0", _SONNET
GEMINI = "gemini-2.5-flash", (600 * Decimal("0.30") + 400 * Decimal("0.03") + 100 * Decimal("2.50")) / MILLION
COMMAND_R = "command-r-plus-08-2024", (1_000 * Decimal("2.50") + 100 * Decimal("10.00")) / MILLION
PAGES = "mistral-ocr-2505", Decimal(0)
"""Models and what their calls cost; images and pages are not paid by tokens, and stay without a price."""

COSTS = {
    "anthropic-instrumentation": [SONNET],
    "anthropic-wrapper": [SONNET],
    "bedrock-instrumentation": [SONNET_BEDROCK],
    "bedrock-wrapper": [SONNET_BEDROCK],
    "bedrock-wrapper-and-instrumentation": [SONNET_BEDROCK],
    "claude-agent-sdk-instrumentation": [SONNET],
    "cohere-instrumentation": [COMMAND_R],
    "gemini-instrumentation": [GEMINI],
    "gemini-wrapper": [GEMINI],
    "gemini-wrapper-and-instrumentation": [GEMINI],
    "instructor-and-openai-instrumentation": [GPT_4O],
    "langchain-and-openai-instrumentation": [GPT_4O],
    "langchain-callback": [GPT_4O_CACHE_UNTOLD],
    "langchain-callback-and-instrumentation": [GPT_4O],
    "mistral-wrapper": [PAGES],
    # Six calls of the AI SDK 6; generateObject does not tell caches.
    "node-ai-sdk": [GPT_4O, GPT_4O, GPT_4O_CACHE_UNTOLD, EMBEDDING, EMBEDDING, SONNET],
    # The AI SDK 7 tells by OpenTelemetry's own names, by those of before if asked to.
    "node-ai-sdk-7": [GPT_4O, GPT_4O, EMBEDDING, SONNET],
    "node-ai-sdk-7-legacy": [GPT_4O, EMBEDDING, SONNET],
    "node-ai-sdk-7-wrapper": [GPT_4O_CACHE_UNTOLD, EMBEDDING, SONNET_CACHE_UNTOLD],
    "node-ai-sdk-chat": [GPT_4O],
    "node-ai-sdk-google": [GEMINI],
    # Of five calls one was streamed: its span was sent before the tokens were known.
    "node-ai-sdk-wrapper": [GPT_4O, GPT_4O, EMBEDDING, SONNET_WRITING_UNTOLD],
    "node-ai-sdk-wrapper-and-telemetry": [GPT_4O],
    "node-anthropic-instrumentation": [SONNET],
    "node-anthropic-wrapper": [SONNET],
    "node-langchain": [GPT_4O_CACHE_UNTOLD],
    "node-mistral": [PAGES],
    # A chat and a response; the span of the embedding has no tokens.
    "node-openai-instrumentation": [GPT_4O, GPT_4O],
    "node-openai-wrapper": [GPT_4O_CACHE_UNTOLD, GPT_4O, EMBEDDING, IMAGES],
    "node-openai-wrapper-and-instrumentation": [GPT_4O],
    "openai-agents-hook": [GPT_4O_AS_ASKED],
    "openai-agents-hook-and-instrumentation": [GPT_4O],
    "openai-agents-instrumentation": [GPT_4O],
    "openai-instrumentation": [GPT_4O, EMBEDDING],
    "openai-wrapper": [GPT_4O, GPT_4O, EMBEDDING],
    "openai-wrapper-and-instrumentation": [GPT_4O],
    "paid-python-0.3.6": [GPT_4O],
}
"""Of each recording, its calls: each once."""

AS_TOLD_AROUND = {
    "bedrock-wrapper-and-instrumentation": [SONNET_BEDROCK],
    "gemini-wrapper-and-instrumentation": [GEMINI],
    "node-ai-sdk-wrapper-and-telemetry": [GPT_4O],
    "node-openai-wrapper-and-instrumentation": [GPT_4O_CACHE_UNTOLD],
    "openai-wrapper-and-instrumentation": [GPT_4O],
}
"""What counts where each span comes in a batch of its own, and a wrapper's before that of the library within it."""

TWICE_APART = {
    "langchain-callback-and-instrumentation": [GPT_4O_CACHE_UNTOLD],
    "openai-agents-hook-and-instrumentation": [GPT_4O_AS_ASKED],
}
"""What counts once more there: both stand beside the library's, and neither says which call it means."""


SAME_BY_ITSELF = {"instructor-and-openai-instrumentation", "langchain-and-openai-instrumentation"}
"""Told twice by spans of which one says by itself that it repeats the other, or has no tokens."""


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world)


def test_every_recording_is_billed_here() -> None:
    assert COSTS.keys() == {path.stem for path in RECORDED.iterdir()}
    assert AS_TOLD_AROUND.keys() | TWICE_APART.keys() == {name for name in COSTS if "-and-" in name} - SAME_BY_ITSELF


@pytest.mark.parametrize("recording", COSTS)
def test_each_call_of_a_recording_costs_once_what_its_tokens_cost(acme: Seller, recording: str) -> None:
    for _ in range(2):
        _send(acme, (RECORDED / f"{recording}.json").read_bytes())

    assert _costs(acme) == sorted(COSTS[recording])


@pytest.mark.parametrize("recording", COSTS)
def test_each_span_may_come_in_a_batch_of_its_own(acme: Seller, recording: str) -> None:
    """As the client for Node sends them: each when it ends, the library's before that of a wrapper around it."""
    for _ in range(2):
        for batch in _span_by_span(recording):
            _send(acme, batch)

    assert _costs(acme) == sorted([*COSTS[recording], *TWICE_APART.get(recording, [])])


@pytest.mark.parametrize("recording", COSTS)
def test_spans_may_come_the_other_way_round(acme: Seller, recording: str) -> None:
    for _ in range(2):
        for batch in [*_span_by_span(recording)][::-1]:
            _send(acme, batch)

    told = AS_TOLD_AROUND.get(recording, COSTS[recording])
    assert _costs(acme) == sorted([*told, *TWICE_APART.get(recording, [])])


def _span_by_span(recording: str) -> Iterator[bytes]:
    for of_resource in json.loads((RECORDED / f"{recording}.json").read_text())["resourceSpans"]:
        for of_scope in of_resource["scopeSpans"]:
            for span in of_scope["spans"]:
                alone = {**of_resource, "scopeSpans": [{**of_scope, "spans": [span]}]}
                yield json.dumps({"resourceSpans": [alone]}).encode()


def _send(acme: Seller, batch: bytes) -> None:
    answer = export(batch, key=acme.tenant.secret, media=JSON)
    acme.world.work()
    assert (answer.status, answer.rejected, answer.sentence) == (200, 0, "")


def _costs(acme: Seller) -> Sequence[tuple[str, Decimal]]:
    logged: list[Any] = [entry.data for entry in entries(acme) if not entry.event_name]
    return sorted((data["model"], Decimal(data["amount"])) for data in logged)


def test_the_client_for_node_joins_its_signal_to_its_costs_by_their_trace(acme: Seller) -> None:
    _send(acme, (RECORDED / "node-openai-wrapper.json").read_bytes())

    (signal,) = [entry for entry in entries(acme) if entry.event_name]
    data: Any = signal.data
    assert (signal.event_name, signal.external_product_id, data["quantity"]) == ("email_sent", "sdr", 1)
    assert data["paid"]["enable_cost_tracing"] is True
    paid: list[Any] = [entry.data and entry.data["paid"] for entry in entries(acme)]
    assert {each["trace_id"] for each in paid} == {data["paid"]["trace_id"]}
    assert len(paid) == 1 + len(COSTS["node-openai-wrapper"])
    assert KEY not in str(entries(acme)), "the client's wrappers put its key into every span"


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
