"""The front door of costs: all of a request is taken, or nothing of it (contract 3.3).

A cost travels the road of the signals: one queue, the customer's log, the checkpoint. So all that makes a signal count
exactly once makes a cost do so. Unlike signals, costs go out as ONE message however many they are:

* several messages could be sent in part, and neither answer would then be right: a success would lose the rest, an
  error would make the client send everything again, and what has no key of its own would be counted twice;
* one message is sent or is not. Costs too many for one are refused before anything is sent, by a 4xx that no client
  repeats, and the caller divides them.

One case is left, the same as for signals: SQS takes the message, and its answer is lost at each of boto3's tries. The
client is told of an error and sends again; then only a key of its own can tell that these costs are known.

The repeats counted here are those that can be seen before the append. Copies still in flight are caught there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from functions.billing.errors import InvalidInput
from functions.billing.leaves import KeyFinder
from functions.billing.models.customer import Customer
from functions.billing.models.segment import LogId, hash_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.ports import Collection, CostQueue, SignalLog

MAX_CUSTOMERS = 1_000
"""Customers per request: each costs the worker some calls, and a message must be done within one of its turns."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a bulk request: `ingested + duplicates` is what was sent."""

    ingested: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCosts:
    """Checks all costs of a request, then sends those that are new."""

    customers: Collection[Customer]
    log: SignalLog
    queue: CostQueue

    def __call__(self, sender: Sender, costs: Sequence[Signal]) -> Accepted:
        """Each cost is an entry of the log as it will be appended, a signal of `COST_EVENT`.

        Raises InvalidInput, which names the first wrong record by its index, or TooLarge: nothing was sent.
        """
        _check_customers(costs)
        for index, cost in enumerate(costs):
            sender.check_moment(cost.occurred_at, field=f"costs[{index}].timestamp")
        self._check_ids(sender.organization_id, costs)
        fresh = tuple(self._fresh(sender.organization_id, costs))
        if fresh:
            self.queue.send(
                SignalBatch(organization_id=sender.organization_id, received_at=sender.received_at, signals=fresh)
            )
        return Accepted(ingested=len(fresh), duplicates=len(costs) - len(fresh))

    def _check_ids(self, organization_id: str, costs: Sequence[Signal]) -> None:
        """Raises InvalidInput for an id of no customer; a new external id will make one, as it does for signals."""
        named = {cost.customer_id for cost in costs if cost.customer_id is not None}
        known = self.customers.get_many(organization_id, named)
        for index, cost in enumerate(costs):
            if cost.customer_id is not None and cost.customer_id not in known:
                raise InvalidInput(
                    f"costs[{index}].customer.customerId is {cost.customer_id!r}, "
                    "expected the id of an existing customer",
                    code="UNKNOWN_CUSTOMER",
                )

    def _fresh(self, organization_id: str, costs: Iterable[Signal]) -> Iterator[Signal]:
        """The costs whose keys neither their customer's log has nor an earlier cost of the request."""
        resolve = cache(partial(self.customers.resolve, organization_id))
        keys = KeyFinder(self.log)
        met: set[tuple[str | None, str | None, bytes]] = set()
        for cost in costs:
            key_hash = hash_key(cost.idempotency_key)
            customer_id = cost.customer_id or resolve(cost.external_customer_id or "")
            if customer_id is not None and keys.leaf(LogId(organization_id, customer_id), key_hash).find(key_hash):
                continue
            named = (customer_id, None if customer_id else cost.external_customer_id, key_hash)
            if named not in met:
                met.add(named)
                yield cost


def _check_customers(costs: Iterable[Signal]) -> None:
    customers = len({(cost.customer_id, cost.external_customer_id) for cost in costs})
    if customers > MAX_CUSTOMERS:
        raise InvalidInput(f"costs are of {customers} customers, expected at most {MAX_CUSTOMERS} in one request")
