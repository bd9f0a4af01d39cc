"""A signal is found by its idempotency key: in the log of a customer, or in all those of an organization."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from functions.billing.errors import InvalidInput, KeyNotLogged
from functions.billing.leaves import KeyFinder
from functions.billing.models.cost import COST_EVENT
from functions.billing.models.customer import Customer
from functions.billing.models.segment import LogId, hash_key
from functions.billing.models.signal import LoggedSignal
from functions.billing.ports import Collection, SignalLog

MAX_CUSTOMERS = 500
"""Whose logs are looked through where none is named: each is a call, or two where it is long, and somebody waits."""

Logs = Callable[[str, int], Sequence[str]]
"""An organization's customers with signals in their logs, at most so many, and first whose came last."""


@dataclass(frozen=True, slots=True)
class Found:
    """The signals of one key, at most one in each log."""

    idempotency_key: str
    signals: list[LoggedSignal]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindSignals:
    """Knows what is in the log, and nothing of what is still on its way there."""

    log: SignalLog
    customers: Collection[Customer]
    logs: Logs

    def __call__(
        self,
        organization_id: str,
        idempotency_keys: Sequence[str],
        *,
        customer_id: str | None = None,
        external_customer_id: str | None = None,
    ) -> Found:
        """Of the first of the keys that was used, in the log of the customer that is named, if one is.

        Raises KeyNotLogged; InvalidInput where no customer is named and there are too many to look through.
        """
        if customer_id is not None:
            whose = f"of customer {customer_id}"
            found = list(self._of(organization_id, idempotency_keys, [customer_id]))
        elif external_customer_id is not None:
            whose = f"of customer {external_customer_id!r}"
            found = list(self._of_name(organization_id, idempotency_keys, external_customer_id))
        else:
            whose = "of any customer"
            found = list(self._of(organization_id, idempotency_keys, self._everybody(organization_id)))
        for idempotency_key in idempotency_keys:
            signals = [signal for key, signal in found if key == idempotency_key]
            if signals:
                return Found(idempotency_key, signals)
        raise KeyNotLogged(idempotency_keys[-1], whose)

    def _of_name(
        self, organization_id: str, idempotency_keys: Sequence[str], external_id: str
    ) -> Iterator[tuple[str, LoggedSignal]]:
        """Also what was sent under the name while it was another customer's."""
        holders = self.customers.holders(organization_id, external_id)
        present = [] if holders.present is None else [holders.present]
        earlier = sorted(holders.past.difference(present))
        yield from self._of(organization_id, idempotency_keys, present)
        for key, signal in self._of(organization_id, idempotency_keys, earlier):
            if signal.external_customer_id == external_id:
                yield key, signal

    def _everybody(self, organization_id: str) -> Sequence[str]:
        customer_ids = self.logs(organization_id, MAX_CUSTOMERS + 1)
        if len(customer_ids) > MAX_CUSTOMERS:
            raise InvalidInput(
                f"customerId is missing: a key is looked for in at most {MAX_CUSTOMERS} customers' logs and there are "
                "more, expected customerId or externalCustomerId"
            )
        return customer_ids

    def _of(
        self, organization_id: str, idempotency_keys: Sequence[str], customer_ids: Iterable[str]
    ) -> Iterator[tuple[str, LoggedSignal]]:
        for customer_id in customer_ids:
            finder = KeyFinder(self.log)
            for key in idempotency_keys:
                signal = self._in_log(finder, LogId(organization_id, customer_id), hash_key(key))
                if signal is not None and signal.event_name != COST_EVENT:
                    yield key, signal

    def _in_log(self, finder: KeyFinder, log: LogId, key_hash: bytes) -> LoggedSignal | None:
        """The customer's entry with the key, in whichever shard."""
        leaf = finder.leaf(log, key_hash)
        known = leaf.find(key_hash)
        if known is None:
            return None
        shard, number = leaf.position(known.place)
        (segment,) = self.log.read(replace(log, shard=shard), after=number - 1, limit=1)
        index = next(index for index, entry in enumerate(segment.entries) if entry.key_hash == key_hash)
        return segment.signal(index)
