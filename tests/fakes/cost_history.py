"""The log read back for its costs, in memory."""

from collections.abc import Callable, Iterator
from datetime import datetime

from functions.billing.models.cost import COST_EVENT
from functions.billing.models.segment import Segment, SignalPosition
from functions.billing.periods import Period, day_of
from functions.billing.ports import LogTooLongError
from tests.fakes.signal_log import FakeSignalLog

Names = Callable[[str, str | None, str | None], bool]


class FakeCostHistory:
    """Fulfils `CostHistory`; `most` segments are as many as one call can read."""

    def __init__(self, log: FakeSignalLog, *, most: int = 10_000) -> None:
        self._log = log
        self._most = most

    def of_customer(
        self, organization_id: str, customer_id: str, *, since: datetime, days: Period | None = None
    ) -> Iterator[Segment]:
        segments = self._newest_first(organization_id, customer_id)
        return self._read(each for each in segments if each.logged_at >= since and _has_costs(each, days))

    def of_everybody(
        self, organization_id: str, *, since: datetime, days: Period | None = None, named: Names | None = None
    ) -> Iterator[Segment]:
        segments = self._newest_first(organization_id)
        return self._read(each for each in segments if each.logged_at >= since and _has_costs(each, days, named))

    def around(
        self, position: SignalPosition, *, since: datetime, until: datetime, with_signals: bool = False
    ) -> Iterator[Segment]:
        segments = self._newest_first(position.log.organization_id, position.log.customer_id)
        between = (each for each in segments if since <= each.logged_at <= until and each.entries)
        return self._read(each for each in between if with_signals or _has_costs(each))

    def _newest_first(self, organization_id: str, customer_id: str | None = None) -> list[Segment]:
        found = [
            segment
            for log, segments in self._log.segments.items()
            if log.organization_id == organization_id and customer_id in {None, log.customer_id}
            for segment in segments
        ]
        return sorted(found, key=lambda s: (s.logged_at, s.log.customer_id, s.log.shard, s.number), reverse=True)

    def _read(self, segments: Iterator[Segment]) -> Iterator[Segment]:
        for number, segment in enumerate(segments, start=1):
            if number > self._most:
                raise LogTooLongError
            yield segment


def _has_costs(segment: Segment, days: Period | None = None, named: Names | None = None) -> bool:
    costs = [entry for entry in segment.entries if entry.event_name == COST_EVENT]
    arose = [day_of(entry.occurred_at) for entry in costs]
    if days is not None and arose and not (max(arose) >= days.start and min(arose) < days.end):
        return False
    owner = segment.log.customer_id
    return any(named is None or named(owner, entry.product_id, entry.external_product_id) for entry in costs)
