"""The usage of many customers at once, for a billing run: most logs are rated to their end already."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import Checkpoints, RatingState, SignalLog

Rating = Callable[[str, str], tuple[RatingPlan, dict[int, Checkpoint]]]
"""Brings the usage of an organization's customer to the end of its log, by the plan beside it: see `advance_rating`."""

InMoney = Callable[[str, str, RatingPlan, dict[int, Checkpoint]], dict[int, Checkpoint]]
"""A customer's checkpoints as it is billed by them: see `settle_credits`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceRatings:
    """Looks at all logs in a few calls, and rates only those that have grown, or whose plan has changed.

    A checkpoint that is a moment old looks like a log that has grown since, and is rated again.
    """

    checkpoints: Checkpoints
    log: SignalLog
    advance_rating: Rating
    in_money: InMoney

    def __call__(self, organization_id: str, customer_ids: Iterable[str]) -> dict[str, dict[int, Checkpoint]]:
        """Per customer its checkpoints, in money, each at the end its log had when this was called, or later."""
        states = self.checkpoints.load_many(organization_id, customer_ids)
        ends = {
            LogId(organization_id, customer_id): _end(state)
            for customer_id, state in states.items()
            if _is_to_be_asked(state)
        }
        grown = self.log.grown(ends)
        plans: dict[str, RatingPlan] = {}
        rated: dict[LogId, Checkpoint] = {}
        for customer_id, state in states.items():
            log, plans[customer_id] = LogId(organization_id, customer_id), state.plan
            shards = {0: Checkpoint(), **{shard: stored.value for shard, stored in state.checkpoints.items()}}
            if log not in ends or log in grown:
                plans[customer_id], shards = self.advance_rating(organization_id, customer_id)
            rated |= {LogId(organization_id, customer_id, shard): each for shard, each in shards.items()}
        whole: dict[str, dict[int, Checkpoint]] = {customer_id: {} for customer_id in states}
        for log, checkpoint in self.checkpoints.whole(rated).items():
            whole[log.customer_id][log.shard] = checkpoint
        return {
            customer_id: self.in_money(organization_id, customer_id, plans[customer_id], shards)
            for customer_id, shards in whole.items()
        }


def _is_to_be_asked(state: RatingState) -> bool:
    """Whether all that is to be known is how long the one shard is that `load_many` reads: rated by its plan, whole."""
    return all(
        stored.value.plan_version == state.plan.version and not stored.value.is_split
        for stored in state.checkpoints.values()
    )


def _end(state: RatingState) -> int:
    stored = state.checkpoints.get(0)
    return 0 if stored is None else stored.value.rated_through
