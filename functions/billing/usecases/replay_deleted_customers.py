"""The logs of customers that are gone are replayed too: when a customer is deleted, its signals stay (law 2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.billing.models.audit import Allowance, Appended, Audited, Cursor, LogTooLong, Replayed, Stage
from functions.billing.models.customer import Customer
from functions.billing.ports import Collection, SignalLog


class Segments(Protocol):
    def segments(self, organization_id: str, *, after: str) -> Iterator[Sequence[Appended]]:
        """Those that follow the key, some at a time; a segment of a moment ago may be missing."""
        ...


class Replay(Protocol):
    """Replays one customer: see `replay_log`."""

    def __call__(self, organization_id: str, customer_id: str, allowance: Allowance) -> Replayed: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDeletedCustomers:
    """The second stage of an audit: finds logs by their first signals, which tell whose they are."""

    inventory: Segments
    customers: Collection[Customer]
    log: SignalLog
    replay: Replay

    def __call__(self, organization_id: str, cursor: Cursor, allowance: Allowance) -> Audited:
        """Raises LogTooLong when there is not the time for a single log."""
        done, living = Replayed(), set[str]()
        for segments in self.inventory.segments(organization_id, after=cursor.after):
            unknown = {segment.log.customer_id for segment in segments} - living
            living |= self.customers.get_many(organization_id, unknown).keys()
            for segment in segments:
                customer_id = segment.log.customer_id
                if customer_id not in living and self._is_first(segment):
                    if done.customers > 0 and not allowance.may_begin():
                        return Audited(done, cursor)
                    try:
                        done += self.replay(organization_id, customer_id, allowance)
                    except LogTooLong:
                        if done.customers == 0:
                            raise
                        return Audited(done, cursor)  # alone it has the whole time of the next call
                cursor = cursor.model_copy(update={"after": segment.key})
            if done.is_full or not allowance.may_begin():
                return Audited(done, cursor)
        return Audited(done, Cursor(stage=Stage.NUMBERS))

    def _is_first(self, segment: Appended) -> bool:
        """Whether no signal came before; what has none, such as a fence, is not listed and may."""
        if segment.log.shard != 0:
            return False
        before = self.log.read(segment.log, after=segment.number - 2, limit=1) if segment.number > 1 else []
        return not before or before[0].cumulative == 0
