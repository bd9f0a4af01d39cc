"""The shards of a customer's log that are not split: where keys are looked for, and signals appended."""

from collections.abc import Iterator
from dataclasses import replace

from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId
from functions.billing.models.shard import child_for, children_of
from functions.billing.ports import SignalLog


class KeyFinder:
    """Finds keys in customers' logs as they were when each shard was first asked about: for one request."""

    def __init__(self, log: SignalLog) -> None:
        self._log = log
        self._shards: dict[LogId, KnownKeys] = {}

    def leaf(self, customer_log: LogId, key_hash: bytes) -> KnownKeys:
        """The shard that holds the key or would take it."""
        known = self._known(customer_log)
        while known.is_split:
            known = self._known(replace(known.log, shard=child_for(known.log.shard, key_hash)))
        return known

    def _known(self, shard: LogId) -> KnownKeys:
        if shard not in self._shards:
            self._shards[shard] = self._log.known_keys(shard)
        return self._shards[shard]


def leaves(log: SignalLog, customer_log: LogId) -> Iterator[KnownKeys]:
    """All of them, in the order of the keys' hashes."""
    waiting = [customer_log]
    while waiting:
        shard = waiting.pop()
        known = log.known_keys(shard)
        if known.is_split:
            first, second = children_of(shard.shard)
            waiting += [replace(shard, shard=second), replace(shard, shard=first)]
        else:
            yield known
