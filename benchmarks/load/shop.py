"""What there is before the first signal: an organization, its product, and customers with an order each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from benchmarks.load.errors import LoadFailedError
from benchmarks.load.scenarios import EVENT, PRODUCT, Scenario
from benchmarks.load.system import OwedUp
from local.admin import Admin, local_invoke

REQUEST_SECONDS = 60

PRICE = {"eventName": EVENT, "chargeType": "usage", "pricingModel": "perUnit", "pricePoints": {"unitPrice": 10}}


@dataclass(frozen=True)
class Shop:
    """An organization of a scenario's own: what it holds is of that scenario alone."""

    client: httpx.AsyncClient
    orders: Sequence[str]


@asynccontextmanager
async def open_shop(scenario: Scenario, system: OwedUp) -> AsyncIterator[Shop]:
    """The customers that are known get an order that counts their signals from today on."""
    admin = Admin(local_invoke(system.data.path))
    made: Any = await asyncio.to_thread(admin.create_organization, scenario.name, test=False, clock=None)
    async with httpx.AsyncClient(
        base_url=system.endpoint.api,
        headers={"authorization": f"Bearer {made['key']['secret']}", "content-type": "application/json"},
        timeout=REQUEST_SECONDS,
    ) as client:
        product = await _create(client, "/products/", name="AI SDR", externalId=PRODUCT)
        names = sorted({scenario.customer(signal) for signal in range(scenario.customers)})
        orders = [await _sell(client, product, name) for name in names] if scenario.are_known else []
        yield Shop(client, orders)


async def _sell(client: httpx.AsyncClient, product_id: str, name: str) -> str:
    """The id of a new customer's active order."""
    customer_id = await _create(client, "/customers/", name=name, externalId=name)
    line = {"productId": product_id, "attributes": [{"name": "Emails", "pricing": PRICE}]}
    order_id = await _create(client, "/orders/", customerId=customer_id, lines=[line])
    await _post(client, f"/orders/{order_id}/activate", {})
    return order_id


async def _create(client: httpx.AsyncClient, path: str, **fields: object) -> str:
    return str((await _post(client, path, fields)).json()["id"])


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, object]) -> httpx.Response:
    answer = await client.post(path, json=body)
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise LoadFailedError(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
    return answer
