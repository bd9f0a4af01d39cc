"""Budgets of margins: what one answer costs in calls to AWS, and in read units."""

from typing import Any

from benchmarks.budget import Budget
from benchmarks.recorder import Recording, recording
from functions.wiring import aws
from tests.functions.calling import links, report, spend
from tests.functions.sales import Seller, at, fee, seller, usage
from tests.world import fresh_world

COSTS = 20
"""Each in a segment of its own."""

JUNE: dict[str, Any] = {"from": "2025-06-01", "to": "2025-07-01"}


def budgets() -> list[Budget]:
    """Of a customer with one order, whose fee of June is invoiced, and calls of models."""
    with fresh_world() as world:
        acme = seller(world)
        acme.sell(fee(at(100_00)), usage(at(10)), autoPostInvoices=True)
        for _ in range(COSTS):
            spend(acme, "0.01", paid=links())
        signal_id = report(acme, paid=links(enable_cost_tracing=True))
        product_id = acme.tenant.get("/products/")["data"][-1]["id"]
        of_customer = _asked(acme, "/customers/external/acme/margin", **JUNE)
        of_product = _asked(acme, f"/products/{product_id}/margin", **JUNE)
        of_signal = _asked(acme, f"/signals/{signal_id}/cost")
    return [
        Budget(f"a customer's margin with {COSTS} segments of costs: AWS calls", 13, len(of_customer.calls)),
        Budget("the same: read units", 33, of_customer.read_units),
        Budget("a product's margin, none of whose costs are there: AWS calls", 13, len(of_product.calls)),
        Budget("the same: read units", 13, of_product.read_units),
        Budget(f"what a signal cost, {COSTS} segments: AWS calls", 13, len(of_signal.calls)),
        Budget("the same: read units", 52, of_signal.read_units),
    ]


def _asked(acme: Seller, path: str, **query: object) -> Recording:
    """A second time: what a function has to know of its organization, it knows then."""
    acme.tenant.get(path, **query)
    with recording(*aws.clients()) as made:
        acme.tenant.get(path, **query)
    return made
