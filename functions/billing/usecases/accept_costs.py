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
from itertools import islice

from functions.billing.errors import InvalidInput, KeyReused
from functions.billing.leaves import KeyFinder
from functions.billing.models.cost import cost_key
from functions.billing.models.customer import Customer
from functions.billing.models.segment import LogId, hash_key, hash_payload
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.ports import Collection, CostQueue, SignalLog

MAX_CUSTOMERS = 1_000
"""Customers per request: each costs the worker some calls, and a message must be done within one of its turns."""

MAX_CONFLICTS = 1_000
"""Conflicts that are told: each is looked at as a whole."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A repeat at `index`, counted from 0, of a key that came with other values before."""

    index: int
    error: KeyReused


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a bulk request: `ingested + duplicates` is what was sent.

    `conflicts` are those of the duplicates, up to `MAX_CONFLICTS`, whose key came with other values before.
    """

    ingested: int
    duplicates: int
    conflicts: Sequence[Conflict] = ()


@dataclass(frozen=True, slots=True)
class _Repeat:
    """The payload's hash is that of the first cost with the key."""

    index: int
    payload_hash: bytes


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
        fresh, repeats = self._sorted_out(sender.organization_id, costs)
        if fresh:
            self.queue.send(
                SignalBatch(
                    organization_id=sender.organization_id, received_at=sender.received_at, signals=tuple(fresh)
                )
            )
        return Accepted(len(fresh), len(repeats), tuple(islice(_conflicts(costs, repeats), MAX_CONFLICTS)))

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

    def _sorted_out(self, organization_id: str, costs: Sequence[Signal]) -> tuple[list[Signal], list[_Repeat]]:
        """The costs whose keys neither their customer's log has nor an earlier cost of the request, and the others."""
        resolve = cache(partial(self.customers.resolve, organization_id))
        keys = KeyFinder(self.log)
        met: dict[tuple[str | None, str | None, bytes], Signal] = {}
        fresh: list[Signal] = []
        repeats: list[_Repeat] = []
        for index, cost in enumerate(costs):
            key_hash = hash_key(cost.idempotency_key)
            customer_id = cost.customer_id or resolve(cost.external_customer_id or "")
            known = None
            if customer_id is not None:
                known = keys.leaf(LogId(organization_id, customer_id), key_hash).find(key_hash)
            named = (cost.customer_id, cost.external_customer_id, key_hash)  # as it is said: a name may move
            if known is not None:
                repeats.append(_Repeat(index, known.payload_hash))
            elif (first := met.setdefault(named, cost)) is not cost:
                repeats.append(_Repeat(index, hash_payload(first)))
            else:
                fresh.append(cost)
        return fresh, repeats


def _conflicts(costs: Sequence[Signal], repeats: Iterable[_Repeat]) -> Iterator[Conflict]:
    for repeat in repeats:
        cost = costs[repeat.index]
        if hash_payload(cost) != repeat.payload_hash:
            yield Conflict(repeat.index, KeyReused(cost.idempotency_key.removeprefix(cost_key(""))))


def _check_customers(costs: Iterable[Signal]) -> None:
    customers = len({(cost.customer_id, cost.external_customer_id) for cost in costs})
    if customers > MAX_CUSTOMERS:
        raise InvalidInput(f"costs are of {customers} customers, expected at most {MAX_CUSTOMERS} in one request")
