"""Calls of models as spans report them: straight into the queue, with what joins them to signals."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from functions.billing.models.cost import COST_EVENT, Cost, cost_key, reprice_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.runtime.chance import new_secret
from functions.wiring import costing
from tests.functions.sales import Json, Seller

NOON = datetime(2025, 6, 5, 12, tzinfo=UTC)
TRACE, OTHER_TRACE = "a" * 32, "b" * 32


def spend(
    acme: Seller, amount: str, *, customer: str = "acme", at: datetime = NOON, currency: str = "USD", **data: Any
) -> None:
    """A call that cost so much; in the log when this returns. `data` stands beside what a cost says itself."""
    cost = Cost(Decimal(amount), currency, vendor="openai", model="gpt-5", source="prices 1")
    entry = Signal(
        event_name=COST_EVENT,
        external_customer_id=customer,
        occurred_at=at,
        data={**cost.to_data(), **data},
        idempotency_key=reprice_key(data["prices"]) if "prices" in data else cost_key(new_secret()),
    )
    sender = Sender(acme.tenant.organization_id, received_at=NOON, is_test=True)
    assert costing.accept_costs()(sender, [entry]).ingested == 1
    acme.world.work()


def links(trace_id: str = TRACE, **more: Any) -> Json:
    """What a span says of itself."""
    return {"trace_id": trace_id, "span_id": "c" * 16, **more}


def report(acme: Seller, **data: Any) -> str:
    """The id of an e-mail that is logged with the data when this returns."""
    key = new_secret()
    product_id = acme.tenant.get("/products/")["data"][-1]["id"]
    signal = {
        "eventName": "email_sent",
        "customer": {"externalCustomerId": "acme"},
        "attribution": {"productId": product_id},
        "timestamp": NOON.isoformat(),
        "idempotencyKey": key,
        "data": data,
    }
    assert acme.tenant.call("POST", "/signals/bulk", {"signals": [signal]}).body["ingested"] == 1
    acme.world.work()
    (receipt,) = acme.tenant.get(f"/signals/receipts/{key}")["receipts"]
    return str(receipt["id"])
