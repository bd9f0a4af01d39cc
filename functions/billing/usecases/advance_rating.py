"""Usage follows the log (law 2): whoever needs it, or just appended, brings the checkpoint to the log's end.

A crash after an append leaves the checkpoint behind; the next advance, of whatever cause, catches up. Position and
usage move in one conditional write, so nothing is counted twice however often this runs.
"""

from functions.billing.errors import Busy
from functions.billing.models.segment import LogId
from functions.billing.models.shard import children_of
from functions.billing.models.usage import Checkpoint
from functions.billing.ports import Checkpoints, OutdatedError, RatingState, SignalLog, Stored
from functions.billing.rating.usage import rate_forward

SEGMENTS_PER_STEP = 100
"""How much of a long replay is done between two saves: a crash loses no more than this."""

_MAX_LOST_RACES = 50


class AdvanceRating:
    """Rates a customer's log to its end."""

    def __init__(self, *, log: SignalLog, checkpoints: Checkpoints) -> None:
        self._log = log
        self._checkpoints = checkpoints

    def __call__(self, organization_id: str, customer_id: str) -> dict[int, Checkpoint]:
        """The checkpoints per shard, each at the end its log had when this was called, or later."""
        state = self._checkpoints.load(organization_id, customer_id)
        rated: dict[int, Checkpoint] = {}
        shards = [0]
        while shards:
            shard = shards.pop(0)
            rated[shard] = self._advance(LogId(organization_id, customer_id, shard), state)
            if rated[shard].is_split:
                shards += children_of(shard)
        return rated

    def _advance(self, log: LogId, state: RatingState) -> Checkpoint:
        lost_races = 0
        while lost_races < _MAX_LOST_RACES:
            stored = state.checkpoints.get(log.shard, Stored(Checkpoint(), 0))
            start = stored.value.under(state.plan)
            segments = self._log.read(log, after=start.rated_through, limit=SEGMENTS_PER_STEP)
            rated = rate_forward(start, state.plan, segments)
            try:
                if rated != stored.value:
                    self._checkpoints.save(log, rated, replaces=stored.revision)
            except OutdatedError:
                lost_races += 1
            else:
                if len(segments) < SEGMENTS_PER_STEP:
                    return rated
            state = self._checkpoints.load(log.organization_id, log.customer_id)
        raise Busy(f"the usage of {log.customer_id} is changed by too many others, try again")
