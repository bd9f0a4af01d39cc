"""Which costs are found without a price, and what is sent for those that have one now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.errors import Busy
from functions.billing.models.cost import COST_EVENT, Cost, Priced, TokenUsage, cost_key, reprice_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.unpriced import CostSegments, Place, Repriced
from functions.billing.usecases.reprice_costs import RepriceCosts
from tests.builders import NOW
from tests.fakes.queues import FakeCostQueue
from tests.fakes.shop import ORG, Shop, make_signal

SENDER = Sender(ORG, received_at=NOW, is_test=False)
USAGE = TokenUsage(input_tokens=1_000, output_tokens=10)


@dataclass(frozen=True)
class FakeCostLog:
    """Fulfils `CostLog`: the shop's segments, so many at once."""

    shop: Shop
    at_once: int = 100

    def segments(self, organization_id: str, customer_id: str | None, *, before: Place | None) -> CostSegments:
        segments = [
            (f"{segment.log.customer_id} {segment.number:04}", segment)
            for log, segments in self.shop.log.segments.items()
            for segment in segments
            if log.organization_id == organization_id and customer_id in {None, log.customer_id}
        ]
        end = None if before is None else (before.moment, before.index)
        found = sorted((s for s in segments if end is None or (s[0], 0) < end), key=lambda s: s[0])[::-1]
        read = found[: self.at_once]
        return CostSegments(read, Place(read[-1][0], 0) if len(found) > len(read) else None)


@dataclass(frozen=True)
class FakeTokenPrices:
    """Fulfils `TokenPrices`: a thousandth of a dollar a token in, of the models that it has."""

    models: tuple[str, ...]

    def price(self, vendor: str, model: str, usage: TokenUsage, *, at: datetime) -> Priced | None:
        del vendor, at
        return Priced(usage.input_tokens * Decimal("0.001"), "USD", "a list") if model in self.models else None


@dataclass(frozen=True)
class RefusingQueue:
    """Fulfils `CostQueue`, but that nothing gets through."""

    def send(self, batch: SignalBatch) -> None:
        raise Busy(f"{len(batch.signals)} were not sent")


def unpriced(
    key: str,
    model: str | None = "m",
    usage: TokenUsage | None = USAGE,
    other_models: tuple[str, ...] = (),
    **fields: object,
) -> Signal:
    cost = Cost(Decimal(0), "USD", vendor="v", model=model, usage=usage, is_unpriced=True, other_models=other_models)
    return make_signal(cost_key(key), **{"event_name": COST_EVENT, "data": cost.to_data(), **fields})


def reprice(shop: Shop, queue: FakeCostQueue | RefusingQueue, *, has: str = "m", at_once: int = 100) -> RepriceCosts:
    return RepriceCosts(
        costs=FakeCostLog(shop, at_once), log=shop.log, queue=queue, prices=lambda: FakeTokenPrices((has,))
    )


def done(made: RepriceCosts, *, before: Place | None = None, limit: int = 100) -> Repriced:
    return made(SENDER, customer_id=None, before=before, limit=limit)


@pytest.mark.parametrize("has", ["answered", "asked for"])
def test_a_model_is_looked_up_by_each_name_that_its_call_gave(has: str) -> None:
    """The list may have got the one that was asked for, and never get the one that answered."""
    shop, queue = Shop(), FakeCostQueue()
    shop.receive(unpriced("a", model="answered", other_models=("asked for",)))

    assert done(reprice(shop, queue, has=has)).priced == 1

    ((sent,),) = (batch.signals for batch in queue.sent)
    assert sent.data is not None
    assert sent.data["model"] == has


def test_a_price_is_another_cost_of_the_same_time_that_names_the_one_it_is_of() -> None:
    """1,000 tokens in at a thousandth of a dollar."""
    shop, queue = Shop(), FakeCostQueue()
    shop.receive(make_signal("s"), unpriced("a"), unpriced("b", model="unheard of"))

    assert done(reprice(shop, queue)) == Repriced(priced=1, unpriced=1, next=None)

    ((sent,),) = [batch.signals for batch in queue.sent]
    (log,) = shop.log.segments
    (segment,) = shop.log.segments[log]
    assert (sent.event_name, sent.customer_id, sent.occurred_at) == (
        COST_EVENT,
        log.customer_id,
        segment.entries[1].occurred_at,
    )
    assert sent.idempotency_key == reprice_key(segment.signal_id(1))
    assert sent.data == {
        "amount": "1.000",
        "currency": "USD",
        "vendor": "v",
        "model": "m",
        "usage": USAGE.model_dump(),
        "priced_by": "a list",
        "prices": segment.signal_id(1),
    }


def test_what_has_its_price_is_not_found_again() -> None:
    shop, queue = Shop(), FakeCostQueue()
    shop.receive(unpriced("a"))
    done(reprice(shop, queue))
    shop.receive(*queue.sent[0].signals)

    assert done(reprice(shop, queue)) == Repriced(0, 0, None)
    assert len(queue.sent) == 1


@pytest.mark.parametrize("fields", [{"model": None}, {"usage": None}])
def test_what_no_list_could_price_waits_and_the_list_is_not_asked(fields: dict[str, Any]) -> None:
    shop, queue = Shop(), FakeCostQueue()
    shop.receive(unpriced("a", **fields))

    assert done(reprice(shop, queue)) == Repriced(0, 1, None)
    assert queue.sent == []


@pytest.mark.parametrize("at_once", [1, 2, 100])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_page_by_page_each_is_found_once_and_the_newest_first(at_once: int, limit: int) -> None:
    shop = Shop()
    for keys in ("abc", "d", "ef"):
        shop.receive(*(unpriced(key, model=key) for key in keys))
    made = reprice(shop, FakeCostQueue(), at_once=at_once)

    found, place, is_first = list[str | None](), None, True
    while is_first or place is not None:
        page = made.page(ORG, customer_id=None, before=place, limit=limit)
        assert len(page.costs) <= limit
        found += [cost.cost.model for cost in page.costs]
        place, is_first = page.next, False

    assert found == list("fedcba")


def test_another_organization_has_none_of_these() -> None:
    shop = Shop()
    shop.receive(unpriced("a"))

    page = reprice(shop, FakeCostQueue()).page("org_other", customer_id=None, before=None, limit=10)

    assert page.costs == []


def test_what_cannot_be_sent_is_said_and_found_again() -> None:
    shop = Shop()
    shop.receive(unpriced("a"), unpriced("b"))

    with pytest.raises(Busy):
        done(reprice(shop, RefusingQueue()))

    assert done(reprice(shop, FakeCostQueue())).priced == 2
