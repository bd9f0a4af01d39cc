"""Every listing of the contract: its pages are exact at their edges, and every filter that the client has, filters."""

from typing import Any

import pytest

from tests.journeys.contract_calls import CALLS
from tests.journeys.contract_scene import Scene
from tests.journeys.contract_shop import FILTERS, READERS, Id, label, open_shop
from tests.journeys.contract_systems import System, caller
from tests.journeys.contract_types import OPERATIONS, Operation

PAGING = {"limit", "offset"}
LISTINGS = {name: operation for name, operation in OPERATIONS.items() if operation.named_arguments >= PAGING}


@pytest.fixture(scope="module")
def shop(scene: Scene) -> Scene:
    return open_shop(scene)


def answer_of(shop: Scene, operation: Operation, **named: object) -> Any:
    """The raw answer of a listing in the shop."""
    if operation.name == "payment_allocations.list_payment_allocations" and not named.keys() - PAGING:
        named["payment_id"] = shop.ids["payment"]  # it lists those of something
    path = (shop.ids["beta order"],) if operation.name == "orders.get_order_lines" else CALLS[operation.name](shop).path
    client = caller(shop.customer)
    client.call(operation.resource, operation.method, *path, **named)
    return client.wire.answer


@pytest.mark.parametrize("operation", [pytest.param(o, id=name) for name, o in LISTINGS.items()])
def test_pages_are_exact_at_their_edges(shop: Scene, operation: Operation) -> None:
    everything = answer_of(shop, operation, limit=1000)["data"]
    total = len(everything)
    edges = [(total - 1, 0), (total, 0), (total + 1, 0), (1, total - 1), (1, total), (2, total - 1), (5, total + 7)]
    assert total >= 3, "too few to tell the edges apart"

    for limit, offset in edges:
        answer = answer_of(shop, operation, limit=limit, offset=offset)

        assert answer["data"] == everything[offset : offset + limit]
        assert answer["pagination"] == {
            "limit": limit,
            "offset": offset,
            "total": total,
            "hasMore": offset + limit < total,
        }


def test_a_page_has_a_hundred_things_unless_it_is_told_otherwise(system: System) -> None:
    client = caller(system.customer())
    for _ in range(101):
        client.paid.products.create_product(name="Product")

    client.call("products", "list_products")

    assert len(client.wire.answer["data"]) == 100
    assert client.wire.answer["pagination"] == {"limit": 100, "offset": 0, "total": 101, "hasMore": True}


def each_filter() -> list[Any]:
    return [
        pytest.param(OPERATIONS[name], named, wanted, id=f"{name} {'+'.join(f'{k}={v}' for k, v in named.items())}")
        for name, found in FILTERS.items()
        for named, wanted in found
    ]


@pytest.mark.parametrize(("operation", "named", "wanted"), each_filter())
def test_a_filter_finds_exactly_what_it_names(
    shop: Scene, operation: Operation, named: dict[str, object], wanted: list[str]
) -> None:
    filters = {name: shop.ids[value.name] if isinstance(value, Id) else value for name, value in named.items()}

    answer = answer_of(shop, operation, **filters)

    found = [label(item) for item in answer["data"]]
    assert sorted(name for name in found if name not in READERS) == sorted(wanted)
    assert answer["pagination"]["total"] == len(found)


def test_no_filter_of_the_client_is_forgotten() -> None:
    known = {name: operation.named_arguments - PAGING for name, operation in LISTINGS.items()}
    tried = {name: {argument for named, _ in found for argument in named} for name, found in FILTERS.items()}

    assert {name: filters for name, filters in known.items() if filters} == tried


def test_signals_are_listed_with_the_newest_first(shop: Scene) -> None:
    answer = answer_of(shop, OPERATIONS["signals.list_signals"], customer_id=shop.ids["customer"])

    assert [label(item) for item in answer["data"]] == ["chat", "mail 2", "mail 1", "mail 0"]
