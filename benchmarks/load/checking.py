"""What became of the signals, once the queue is empty: all of the log is read, and what the next invoices count."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from benchmarks.load.errors import LoadFailedError
from benchmarks.load.scenarios import EVENT, NUMBER
from benchmarks.load.shop import Shop

PAGE = 1000
NOTHING_TO_BILL = "NOTHING_TO_BILL"


@dataclass(frozen=True)
class Verdict:
    """Signals that were accepted and are missing, and those that are there once too often, in the log or as usage."""

    lost: int
    double: int

    @property
    def holds(self) -> bool:
        return self.lost == 0 and self.double == 0


@dataclass(frozen=True)
class Log:
    """How often the log has each signal, by number, and how many entries it has that the orders have a price for."""

    times: Mapping[int, int]
    priced: int


async def check(shop: Shop, accepted: Set[int]) -> Verdict:
    log = await _read_log(shop.client)
    billed = sum([await _billed(shop.client, order) for order in shop.orders]) if shop.orders else None
    return verdict(accepted, log, billed=billed)


def verdict(accepted: Set[int], log: Log, *, billed: int | None) -> Verdict:
    """`billed` is what the next invoices count; None where nothing is sold, and so nothing counted."""
    missing = sum(signal not in log.times for signal in accepted)
    repeated = sum(times - 1 for times in log.times.values())
    counted_too_often = 0 if billed is None else billed - log.priced
    return Verdict(lost=missing + max(-counted_too_often, 0), double=repeated + max(counted_too_often, 0))


def log_of(signals: Iterable[tuple[int, str]]) -> Log:
    """Of the numbers and event names as they are listed."""
    listed = list(signals)
    return Log(
        times=Counter(number for number, _ in listed),
        priced=sum(name == EVENT for _, name in listed),
    )


async def _read_log(client: httpx.AsyncClient) -> Log:
    """A page may end early, where its answer would become too long."""
    listed: list[tuple[int, str]] = []
    has_more = True
    while has_more:
        answer = await client.get("/signals/", params={"limit": PAGE, "offset": len(listed)})
        if answer.status_code != HTTPStatus.OK:
            raise LoadFailedError(f"the log cannot be read: {answer.status_code} {answer.text[:300]}")
        page = answer.json()
        listed += [(signal["data"][NUMBER], signal["name"]) for signal in page["data"]]
        has_more = page["pagination"]["hasMore"]
    return log_of(listed)


async def _billed(client: httpx.AsyncClient, order_id: str) -> int:
    """The quantity on the order's next invoice."""
    answer = await client.get(f"/orders/{order_id}/invoice-preview")
    content = answer.json()
    if answer.status_code == HTTPStatus.NOT_FOUND and content["code"] == NOTHING_TO_BILL:
        return 0
    if answer.status_code != HTTPStatus.OK:
        raise LoadFailedError(f"an order's next invoice cannot be seen: {answer.status_code} {answer.text[:300]}")
    return sum(line["quantity"] for line in content["lines"])
