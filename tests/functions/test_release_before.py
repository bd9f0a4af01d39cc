"""What the release before reads: all that is written where nothing is used that it does not have."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from functions.adapters.dynamodb.items import text_of
from local.resources import physical_name
from tests.functions.sales import Seller, fee, once, seats, seller, usage
from tests.shapes import shape_of, unknown_in
from tests.stored import FOLDER
from tests.world import World

BEFORE = json.loads((FOLDER / "before" / "shapes.json").read_text(encoding="utf-8"))
"""As that release kept them; with the next release they are those of this one."""

KINDS = {
    "contact": "Contact",
    "customer": "Customer",
    "invoice": "Invoice",
    "order": "Order",
    "product": "Product",
    "schedule": "BillingSchedule",
    "seats": "SeatAssignments",
    "settlement": "Settlement",
}
"""By the last part of the partition."""


def written(world: World) -> Iterator[tuple[str, Any]]:
    """The kind and the document of what lies in the table of records, of the kinds of above and of the rating."""
    for item in world.clients.dynamodb.scan(TableName=physical_name("records"))["Items"]:
        _, _, last = item["pk"]["S"].rpartition("#")
        of_rating = "RatingPlan" if item["sk"].get("S") == "plan" else "Checkpoint"
        kind = of_rating if last == "rating" else KINDS.get(last)
        if kind is not None and "doc" in item:
            yield kind, json.loads(text_of(item["doc"]))


def refused(world: World) -> set[str]:
    return {field for kind, document in written(world) for field in unknown_in(kind, document, BEFORE[kind])}


@pytest.fixture
def acme(empty_world: World) -> Seller:
    return seller(empty_world, clock="2025-06-10")


def sold(acme: Seller) -> Any:
    """A year in advance, seats and usage, billed in June and July, drafted and posted, voided and billed again."""
    annual = fee(name="Year", billingFrequency="Annual")
    order = acme.sell(fee(), annual, once(), seats(), usage(), autoPostInvoices=True)
    acme.send(date(2025, 6, 10))
    acme.sell(fee(name="By hand"))
    acme.clock("2025-07-05")
    posted = next(invoice for invoice in acme.invoices() if invoice["status"] == "posted")
    for what in ("void", "rebill"):
        assert acme.tenant.call("POST", f"/invoices/{posted['id']}/{what}").status < 300
    return order


@pytest.mark.parametrize("end", ["2025-07-15", "2026-01-20", "2027-06-01"])
def test_an_order_whose_end_moves_is_written_as_ever(acme: Seller, end: str) -> None:
    """The month and the year are charged beyond the first two ends; an amendment would say that of the components."""
    order = sold(acme)

    assert acme.tenant.call("PUT", f"/orders/{order['id']}", {"endDate": f"{end}T00:00:00Z"}).status == 200
    acme.clock("2025-08-02")

    assert refused(acme.world) == set()
    assert {kind for kind, _ in written(acme.world)} >= {"BillingSchedule", "Invoice", "Order", "RatingPlan"}


def test_what_is_new_is_told_from_what_was_there_before() -> None:
    """The mistake was a field of a part of a part: an order that says of a component how long it is paid."""
    component = {"id": "ola_1", "amended": {"paid_until": "2025-08-01"}}
    order = {"id": "ord_1", "creation_state": "shelved", "lines": [{"id": "line_1", "attributes": [component]}]}

    unknown = ["Order.creation_state: 'shelved'", "Order.lines[].attributes[].amended"]
    assert list(unknown_in("Order", order, BEFORE["Order"])) == unknown
    assert list(unknown_in("Order", order, shape_of("Order"))) == unknown[:1]
