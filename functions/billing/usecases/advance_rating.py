"""Usage follows the log (law 2): whoever needs it, or just appended, brings the checkpoint to the log's end.

A crash after an append leaves the checkpoint behind; the next advance, of whatever cause, catches up. Position and
usage move in one conditional write, so nothing is counted twice however often this runs. Usage that outgrows the
checkpoint is put on a page before: see `rating.paging`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from functions.billing.errors import Busy
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.shard import children_of
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import Checkpoints, OutdatedError, RatingState, SignalLog, Stored
from functions.billing.rating.paging import cut, paged
from functions.billing.rating.usage import rate_forward

SEGMENTS_PER_STEP = 100
"""How much of a long replay is done between two saves: a crash loses no more than this."""

_MAX_LOST_RACES = 50


@dataclass(frozen=True, slots=True)
class Rated:
    """A customer's checkpoints per shard, and the plan that all of them are rated by."""

    checkpoints: Mapping[int, Checkpoint]
    plan: RatingPlan

    def counted(self, segments: Iterable[Segment]) -> int:
        """How many of the signals of some segments count for something by that plan."""
        return sum(
            rate_forward(Checkpoint(rated_through=segment.number - 1), self.plan, [segment]).counted
            for segment in segments
        )


class AdvanceRating:
    """Rates a customer's log to its end."""

    def __init__(self, *, log: SignalLog, checkpoints: Checkpoints) -> None:
        self._log = log
        self._checkpoints = checkpoints

    def __call__(self, organization_id: str, customer_id: str) -> dict[int, Checkpoint]:
        """The checkpoints per shard, each at the end its log had when this was called, or later."""
        return dict(self.after(organization_id, customer_id, appended=()).checkpoints)

    def after(self, organization_id: str, customer_id: str, *, appended: Sequence[Segment]) -> Rated:
        """As a call, with the plan.

        With `appended`, what the caller has put into the log just now, they are there or later: as far as they follow a
        checkpoint, nothing is read again. Whoever appended after them sees to the rest.
        """
        for _ in range(_MAX_LOST_RACES):
            state = self._checkpoints.load(organization_id, customer_id)
            rated = self._rated(organization_id, customer_id, state, appended)
            if all(each.plan_version == state.plan.version for each in rated.values()):  # else terms changed meanwhile
                return Rated(rated, state.plan)
        raise _contested(customer_id)

    def _rated(
        self, organization_id: str, customer_id: str, state: RatingState, appended: Sequence[Segment]
    ) -> dict[int, Checkpoint]:
        rated: dict[int, Checkpoint] = {}
        shards = [0]
        while shards:
            log = LogId(organization_id, customer_id, shards.pop(0))
            rated[log.shard] = self._advance(log, state, appended)
            if rated[log.shard].is_split:
                shards += children_of(log.shard)
        return rated

    def _advance(self, log: LogId, state: RatingState, appended: Sequence[Segment]) -> Checkpoint:
        lost_races = 0
        while lost_races < _MAX_LOST_RACES:
            stored = state.checkpoints.get(log.shard, Stored(Checkpoint(), 0))
            start = stored.value.under(state.plan)
            segments = self._following(log, start, appended)
            rated = rate_forward(start, state.plan, segments)
            try:
                if rated != stored.value:
                    rated = self._paged(log, rated)
                    self._checkpoints.save(log, rated, replaces=stored.revision)
            except OutdatedError:
                lost_races += 1
            else:
                if len(segments) < SEGMENTS_PER_STEP:
                    return rated
            state = self._checkpoints.load(log.organization_id, log.customer_id)
        raise _contested(log.customer_id)

    def _paged(self, log: LogId, rated: Checkpoint) -> Checkpoint:
        """The checkpoint as it is saved; where its usage has grown too large, that lies on a page when this returns."""
        at = cut(rated)
        if at is None:
            return rated
        whole = self._checkpoints.whole({log: rated.model_copy(update={"pages": at.folded})})[log]
        smaller, pages = paged(rated, at, whole.usage)
        for key, page in pages.items():
            self._checkpoints.put_page(log, key, page)
        return smaller

    def _following(self, log: LogId, start: Checkpoint, appended: Sequence[Segment]) -> Sequence[Segment]:
        """Up to `SEGMENTS_PER_STEP` of them; after the one that splits a shard there is none."""
        if start.is_split:
            return []
        own = [segment for segment in appended if segment.log == log]
        follows = all(segment.number == start.rated_through + place for place, segment in enumerate(own, start=1))
        if own and follows:
            return own[:SEGMENTS_PER_STEP]
        return self._log.read(log, after=start.rated_through, limit=SEGMENTS_PER_STEP)


def _contested(customer_id: str) -> Busy:
    return Busy(f"the usage of {customer_id} is changed by too many others, try again")
