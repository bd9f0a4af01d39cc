"""The signal log, in memory."""

from collections.abc import Mapping
from dataclasses import replace

from functions.billing.models.known_keys import KnownKeys
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.shard import parent_of
from functions.billing.ports import OutdatedError


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
        if log.shard == 0:
            known = KnownKeys(log)
        else:
            children = self.known_keys(replace(log, shard=parent_of(log.shard))).children()
            known = next(child for child in children if child.log == log)
        for segment in self.segments.get(log, []):
            keys = [(entry.key_hash, entry.payload_hash) for entry in segment.entries]
            known = known.followed_by(
                segment.number, segment.cumulative, keys, fence=segment.fence, splits=segment.splits
            )
        return known
