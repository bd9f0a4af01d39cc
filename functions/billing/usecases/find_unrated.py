"""Which logs are ahead of their usage: signals that are kept, and that no invoice would count as things stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from functions.billing.models.audit import Appended
from functions.billing.models.segment import LogId
from functions.billing.ports import Checkpoints

MOST_CUSTOMERS, MOST_PAGES = 200, 10
"""What is read of an organization: this is a look, not an audit."""


class Segments(Protocol):
    def segments(self, organization_id: str, *, after: str) -> Iterator[Sequence[Appended]]:
        """Those that follow the key, some at a time; a segment of a moment ago may be missing."""
        ...


@dataclass(frozen=True, slots=True)
class Unrated:
    """The first segment of a log that is not rated, and when it was appended, in the organization's time."""

    log: LogId
    appended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindUnrated:
    inventory: Segments
    checkpoints: Checkpoints

    def __call__(self, organization_id: str, *, since: datetime, until: datetime) -> list[Unrated]:
        """Of what was appended in between, the oldest first; what is a moment old is being rated."""
        behind: dict[LogId, Unrated] = {}
        rated: dict[str, dict[int, int]] = {}
        for segment in self._segments(organization_id, since, until):
            customer_id = segment.log.customer_id
            if customer_id not in rated:
                if len(rated) == MOST_CUSTOMERS:
                    break
                state = self.checkpoints.load(organization_id, customer_id)
                rated[customer_id] = {shard: each.value.rated_through for shard, each in state.checkpoints.items()}
            if segment.log not in behind and segment.number > rated[customer_id].get(segment.log.shard, 0):
                behind[segment.log] = Unrated(segment.log, _appended_at(segment))
        return list(behind.values())

    def _segments(self, organization_id: str, since: datetime, until: datetime) -> Iterator[Appended]:
        pages = self.inventory.segments(organization_id, after=since.isoformat(timespec="microseconds"))
        for page in islice(pages, MOST_PAGES):
            for segment in page:
                if _appended_at(segment) > until:
                    return
                yield segment


def _appended_at(segment: Appended) -> datetime:
    return datetime.fromisoformat(segment.key.partition("#")[0])
