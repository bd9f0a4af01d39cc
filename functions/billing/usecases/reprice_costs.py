"""Costs without a price: found again, and priced where the list of today has them.

Nothing in a log is changed: the price comes as another cost, which names the one it is of, at that one's own time. So
it counts for the period in which the call was made: late usage, where that is billed already. Its key is made of the id
of the one it prices, so that a cost is priced once, however often and by how many it is asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from functions.billing.leaves import KeyFinder
from functions.billing.models.cost import COST_EVENT, Cost, reprice_key
from functions.billing.models.segment import LogId, Segment, hash_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.unpriced import Place, Repriced, UnpricedCost, UnpricedPage
from functions.billing.ports import CostLog, CostQueue, SignalLog, TokenPrices


@dataclass(frozen=True, slots=True, kw_only=True)
class RepriceCosts:
    """`prices` is the list: loaded where something is to be priced."""

    costs: CostLog
    log: SignalLog
    queue: CostQueue
    prices: Callable[[], TokenPrices]

    def page(self, organization_id: str, *, customer_id: str | None, before: Place | None, limit: int) -> UnpricedPage:
        """At most `limit`. It may be fewer, or none, and yet not the last page: what is read at once is bounded."""
        read = self.costs.segments(organization_id, customer_id, before=before)
        keys = KeyFinder(self.log)
        found: list[UnpricedCost] = []
        for moment, segment in read.segments:
            end = before.index if before is not None and before.moment == moment else len(segment.entries)
            for index, cost in _unpriced(segment, end, keys):
                if len(found) == limit:
                    return UnpricedPage(found, Place(moment, index + 1))
                found.append(cost)
        return UnpricedPage(found, read.next)

    def __call__(self, sender: Sender, *, customer_id: str | None, before: Place | None, limit: int) -> Repriced:
        """Prices those of the page that the list has now. If this raises, nothing was sent."""
        page = self.page(sender.organization_id, customer_id=customer_id, before=before, limit=limit)
        priced = [entry for cost in page.costs if (entry := self._priced(cost)) is not None]
        if priced:
            self.queue.send(
                SignalBatch(
                    organization_id=sender.organization_id, received_at=sender.received_at, signals=tuple(priced)
                )
            )
        return Repriced(len(priced), len(page.costs) - len(priced), page.next)

    def _priced(self, unpriced: UnpricedCost) -> Signal | None:
        entry, cost, usage = unpriced.entry, unpriced.cost, unpriced.usage
        if cost.vendor is None or usage is None:
            return None
        for model in cost.models:
            priced = self.prices().price(cost.vendor, model, usage, at=entry.occurred_at)
            if priced is not None:
                break
        else:
            return None
        now = Cost(priced.amount, priced.currency, vendor=cost.vendor, model=model, usage=usage, source=priced.source)
        return Signal(
            event_name=COST_EVENT,
            customer_id=unpriced.segment.log.customer_id,
            product_id=entry.product_id,
            external_product_id=entry.external_product_id if entry.product_id is None else None,
            external_customer_unit_id=entry.external_customer_unit_id,
            occurred_at=entry.occurred_at,
            data={**now.to_data(), "prices": unpriced.id},
            idempotency_key=reprice_key(unpriced.id),
        )


def _unpriced(segment: Segment, end: int, keys: KeyFinder) -> Iterator[tuple[int, UnpricedCost]]:
    """Those before the index `end`, newest first, that no later entry has priced."""
    log = LogId(segment.log.organization_id, segment.log.customer_id)
    for index in reversed(range(end)):
        entry = segment.entries[index]
        if entry.event_name != COST_EVENT or not Cost.of(entry.data or {}).is_unpriced:
            continue
        cost = UnpricedCost(segment.signal_id(index), segment, entry)
        key_hash = hash_key(reprice_key(cost.id))
        if keys.leaf(log, key_hash).find(key_hash) is None:
            yield index, cost
