"""The price that a cost got later, found by its key: where in the log it lies does not matter."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from functions.billing.leaves import KeyFinder
from functions.billing.margin.calls import Call, calls_in
from functions.billing.models.cost import reprice_key
from functions.billing.models.segment import LogId, Segment, hash_key
from functions.billing.ports import LogTooLongError, SignalLog

MOST_SEGMENTS = 300
"""That are read for the prices of one answer."""


class LaterPrices:
    """For one request."""

    def __init__(self, log: Callable[[], SignalLog], *, most: int = MOST_SEGMENTS) -> None:
        self._log = log
        self._most = most
        self._read: dict[tuple[LogId, int], Segment] = {}

    def __call__(self, call: Call) -> Call:
        """The call, at the price that it has by now. Raises LogTooLongError. Reads nothing for one that has its own."""
        if not call.cost.is_unpriced:
            return call
        wanted = hash_key(reprice_key(call.position.signal_id))
        customer_log = LogId(call.position.log.organization_id, call.customer_id)
        leaf = self._keys.leaf(customer_log, wanted)
        known = leaf.find(wanted)
        if known is None:
            return call
        shard, number = leaf.position(known.place)
        for other in calls_in(self._segment(replace(customer_log, shard=shard), number)):
            if other.entry.key_hash == wanted and other.prices == call.position.signal_id:
                return replace(call, cost=other.cost)
        return call

    @cached_property
    def _keys(self) -> KeyFinder:
        return KeyFinder(self._log())

    def _segment(self, log: LogId, number: int) -> Segment:
        if (log, number) not in self._read:
            if len(self._read) == self._most:
                raise LogTooLongError
            (self._read[log, number],) = self._log().read(log, after=number - 1, limit=1)
        return self._read[log, number]
