"""The signal log, in memory."""

from collections.abc import Mapping

from functions.billing.models.segment import LogId, Segment
from functions.billing.ports import KnownKeys, OutdatedError, StandingFence


class FakeSignalLog:
    """Fulfils `SignalLog`."""

    def __init__(self) -> None:
        self.segments: dict[LogId, list[Segment]] = {}

    def append(self, segment: Segment) -> None:
        log = self.segments.setdefault(segment.log, [])
        if segment.number <= len(log):
            raise OutdatedError
        log.append(segment)

    def read(self, log: LogId, *, after: int, limit: int) -> list[Segment]:
        return self.segments.get(log, [])[after : after + limit]

    def grown(self, ends: Mapping[LogId, int]) -> set[LogId]:
        return {log for log, end in ends.items() if self.read(log, after=end, limit=1)}

    def known_keys(self, log: LogId) -> KnownKeys:
        segments = self.segments.get(log, [])
        hashes = {entry.key_hash: segment.number for segment in segments for entry in segment.entries}
        fences = {
            segment.fence.external_id: StandingFence(segment.fence.moves, segment.number)
            for segment in segments
            if segment.fence is not None
        }
        return KnownKeys(hashes, len(segments), segments[-1].cumulative if segments else 0, fences)
