"""The published client for Node: what it sells, signals and traces is billed to the cent, though answers be lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.admin import Admin, local_invoke
from tests.journeys.node_client import NO_NODE, NodeClient, is_there
from tests.journeys.vendors import Handler, serving, vendors
from tests.local.owed import Up
from tests.world import PREFIX

pytestmark = [pytest.mark.local, pytest.mark.skipif(not is_there(), reason=NO_NODE)]

RUNS, EMAIL, MULTIPLIER = 3, 10_00, 2

RESPONSE = {
    "id": "resp_68a1f3c2b7d08191a5e4c9f0d2b3a4e5",
    "object": "response",
    "model": "gpt-4o-2024-08-06",
    "status": "completed",
    "output": [],
    "usage": {
        "input_tokens": 1_000_000,
        "output_tokens": 100_000,
        "input_tokens_details": {"cached_tokens": 400_000},
        "output_tokens_details": {"reasoning_tokens": 30_000},
    },
}
MESSAGE = {
    "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-20250514",
    "content": [{"type": "text", "text": "Yes."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 100_000, "cache_read_input_tokens": 50_000, "output_tokens": 10_000},
}
CHAT = {
    "id": "chatcmpl-Bq2bXv8s1Yk4mW0Zr9Tg3HcLd5Fe7",
    "object": "chat.completion",
    "created": 1_748_944_800,
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 200_000, "completion_tokens": 50_000, "total_tokens": 250_000},
}
EMBEDDING = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.1]}],
    "usage": {"prompt_tokens": 1_000_000, "total_tokens": 1_000_000},
}
VENDORS = {
    "/responses": RESPONSE,
    "/v1/messages": MESSAGE,
    "/chat/completions": CHAT,
    "/embeddings": EMBEDDING,
}


@contextmanager
def losing_answers(url: str, lost: list[str]) -> Iterator[str]:
    """A way to `url` on which the first answer to each body is lost, and a 503 comes instead; `lost` takes its path."""
    known = set[bytes]()

    class Way(Handler):
        def taken(self, body: bytes) -> None:
            names = ("authorization", "content-type", "content-encoding")
            headers = {name: self.headers[name] for name in names if name in self.headers}
            answer = httpx.post(url + self.path, content=body, headers=headers, timeout=30)
            if answer.is_success and body not in known:
                known.add(body)
                lost.append(self.path)
                self.answer(503, b"{}", retry_after="1")
            else:
                self.answer(answer.status_code, answer.content)

    with serving(Way) as way:
        yield way


def agent(logs: Path, *, key: str, api: str, models: str) -> NodeClient:
    collector = {"PAID_OTEL_COLLECTOR_ENDPOINT": f"{api}/v1/traces"}
    return NodeClient(logs, {"PAID_API_KEY": key, "API": f"{api}{PREFIX}", "VENDORS": models, **collector})


def test_what_the_node_client_sells_signals_and_traces_is_billed_once_and_to_the_cent(tmp_path: Path) -> None:
    first = datetime.now(UTC).date().replace(day=1)
    lost = list[str]()
    with Up(tmp_path) as up, vendors(VENDORS) as models:
        admin = Admin(local_invoke(tmp_path))
        made: Any = admin.create_organization("Acme AI", test=True, clock=first.isoformat())
        organization_id, key = made["organization"]["id"], made["key"]["secret"]
        root = up.endpoint.api.removesuffix(PREFIX)
        at_the_desk = NodeClient(tmp_path / "desk", {"PAID_API_KEY": key, "API": up.endpoint.api})

        sold = at_the_desk.run("sell.mjs", first.isoformat())
        by_rest = [agent(tmp_path / "agent", key=key, api=root, models=models).run("work.mjs", "1")]
        with losing_answers(root, lost) as way:
            by_rest.append(agent(tmp_path / "losing", key=key, api=way, models=models).run("work.mjs", str(RUNS - 1)))
        admin.set_clock(organization_id, (first + timedelta(days=63)).replace(day=1).isoformat())
        billed = at_the_desk.run("invoices.mjs")

    assert sold["order"]["creationState"] == "active"
    # Each span is a request of its own: four calls, one of which is told twice, a signal, and what is around them.
    assert sorted(lost) == [f"{PREFIX}/signals/bulk", *["/v1/traces"] * ((RUNS - 1) * (4 + 1 + 1 + 1))]
    assert [(answer["ingested"], answer["duplicates"]) for answer in by_rest] == [(1, 0), (0, 1)]
    # OpenAI's responses: 0.6 million at 2.50, 0.4 from the cache at 1.25, 0.1 at 10.00.
    openai = Decimal("1.50") + Decimal("0.50") + Decimal("1.00")
    # Anthropic, which counts its cache apart: 0.1 million at 3.00, 0.05 at 0.30, 0.01 at 15.00.
    anthropic = Decimal("0.30") + Decimal("0.015") + Decimal("0.15")
    # The AI SDK, which tells it twice: 0.2 million at 2.50, 0.05 at 10.00. An embedding: a million at 0.02.
    others = anthropic + (Decimal("0.50") + Decimal("0.50")) + Decimal("0.02")
    # An e-mail in each run, and one by REST.
    owed = {"E-mails": (RUNS + 1) * EMAIL, "Models": MULTIPLIER * RUNS * (openai + others) * 100}
    assert owed == {"E-mails": 40_00, "Models": 26_91}
    lines = {line["description"]: line["totalPriceBeforeTax"] for line in billed["lines"]}
    assert lines == {"AI SDR: E-mails": 40_00, "AI SDR: Models": 26_91}
    assert sum(invoice["invoiceTotal"] for invoice in billed["invoices"]) == 40_00 + 26_91
    assert {invoice["customerId"] for invoice in billed["invoices"]} == {sold["customer"]}
