"""Spans in, and what they leave: over plain HTTP, for no published client asks for margins."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.admin import Admin, local_invoke
from tests.functions.telemetry import call, in_json, request, signal
from tests.local.owed import Up
from tests.world import PREFIX


@dataclass(frozen=True)
class Http:
    """A caller of the API; each request succeeds."""

    client: httpx.Client
    api: str
    key: str

    def send(self, method: str, path: str, body: object = None, *, url: str = "") -> Any:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        answer = self.client.request(method, (url or self.api) + path, content=content, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.mark.local
def test_three_emails_at_10_cents_leave_28_and_a_half_after_two_calls_of_a_model(tmp_path: Path) -> None:
    """Each call is 1,000 tokens at 2.50 and 500 at 10.00 a million: 0.0075. 3 at 0.10 less 2 of them are 0.285."""
    with Up(tmp_path) as up, httpx.Client(timeout=60) as client:
        admin = Admin(local_invoke(tmp_path))
        made: Any = admin.create_organization("Acme AI", test=True, clock="2025-06-01")
        http = Http(client, up.endpoint.api, made["key"]["secret"])
        product_id, customer_id = _sell(http)
        spans = request(
            call(trace=1),
            call(trace=1, metadata__team="sales"),
            signal(trace=1, data='{"run": 1}', enable_cost_tracing=True),
            signal(trace=2, data='{"run": 2}'),
            signal(trace=3, data='{"run": 3}'),
        )

        http.send("POST", "/v1/traces", in_json(spans), url=up.endpoint.api.removesuffix(PREFIX))
        admin.set_clock(made["organization"]["id"], "2025-07-01")

        span = "from=2025-06-01&to=2025-07-01"
        of_customer = http.send("GET", f"/customers/external/acme/margin?{span}")
        assert of_customer["currencies"] == http.send("GET", f"/customers/{customer_id}/margin?{span}")["currencies"]
        of_product = http.send("GET", f"/products/{product_id}/margin?{span}")
        signals = {each["data"]["run"]: each["id"] for each in http.send("GET", "/signals/")["data"]}
        cost = http.send("GET", f"/signals/{signals[1]}/cost")
        traces = http.send("GET", "/traces?metadata=%7B%22team%22%3A%22sales%22%7D")["traces"]

    for (statement,) in (of_customer["currencies"], of_product["currencies"]):
        assert (statement["invoiced"], statement["accrued"]) == ("0.30", "0.00")
        assert (statement["cost"], statement["margin"], statement["marginPercent"]) == ("0.015", "0.285", "95.00")
    assert cost["margins"] == [{"currency": "USD", "price": "0.10", "cost": "0.015", "margin": "0.085"}]
    assert (len(cost["costs"]), cost["costExceedsPrice"]) == (2, False)
    assert [trace["cost"] for trace in traces] == [{"amount": 0.0075, "currency": "USD"}]


def _sell(http: Http) -> tuple[str, str]:
    """E-mails at 0.10 from 1 June on; answers the product and who buys it."""
    product = http.send("POST", "/products/", {"name": "AI SDR", "externalId": "sdr"})
    usage = {"pricingType": "UsagePerUnit", "eventName": "email_sent"}
    emails = {"name": "E-mails", "pricing": {**usage, "pricePoints": [{"currency": "USD", "unitPrice": 10}]}}
    http.send("PUT", f"/products/{product['id']}", {"productAttributes": [emails]})
    customer = http.send("POST", "/customers/", {"name": "Acme Ltd", "externalId": "acme"})
    order = {
        "customerId": customer["id"],
        "startDate": "2025-06-01T00:00:00Z",
        "autoPostInvoices": True,
        "lines": [{"productId": product["id"]}],
    }
    http.send("POST", f"/orders/{http.send('POST', '/orders/', order)['id']}/activate")
    return str(product["id"]), str(customer["id"])
