"""Costs that a seller records, and what stands in the logs of them."""

from functions.billing.models.cost import Cost
from functions.billing.models.segment import Entry, LogId
from functions.wiring import counting
from tests.functions.sales import Json, Seller
from tests.world import Answer

ACME = {"externalCustomerId": "acme"}
GOOD: Json = {"type": "cost", "customer": ACME, "amount": 1.5, "currency": "USD"}
USAGE = {
    "type": "usage",
    "customer": ACME,
    "vendor": "openai",
    "model": "gpt-5",
    "usage": {"inputTokens": 10, "outputTokens": 2},
}


def post(acme: Seller, *costs: object) -> Answer:
    return acme.tenant.call("POST", "/costs/bulk", {"costs": list(costs)})


def record(acme: Seller, *costs: object) -> tuple[int, int]:
    """How many of a good request were ingested, and how many were repeats; it is worked off when this returns."""
    answer = post(acme, *costs)
    assert answer.status == 200, answer
    assert answer.body.keys() == {"ingested", "duplicates", "conflicts"}
    acme.world.work()
    return answer.body["ingested"], answer.body["duplicates"]


def entries(acme: Seller, customer_id: str | None = None) -> list[Entry]:
    """What stands in the customer's log."""
    log = LogId(acme.tenant.organization_id, customer_id or acme.customer_id)
    return [entry for segment in counting.signal_log().read(log, after=0, limit=100) for entry in segment.entries]


def logged(acme: Seller) -> list[Cost]:
    return [Cost.of(entry.data or {}) for entry in entries(acme)]
