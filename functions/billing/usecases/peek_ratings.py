"""Usage as of now for whoever may not change anything: what `advance_ratings` would store, and nothing stored."""

from collections.abc import Callable, Iterable

from functions.billing.models.order import Order
from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import Checkpoints, SignalLog, Stored
from functions.billing.rating.usage import rate_forward

SEGMENTS_PER_STEP = 100

InMoney = Callable[[str, str, RatingPlan, dict[int, Checkpoint]], dict[int, Checkpoint]]
"""A customer's checkpoints as it is billed by them: see `settle_credits`."""


class PeekRatings:
    """Rates customers' logs to their ends, in memory."""

    def __init__(self, *, log: SignalLog, checkpoints: Checkpoints, in_money: InMoney) -> None:
        self._log = log
        self._checkpoints = checkpoints
        self._in_money = in_money

    def __call__(
        self, organization_id: str, customer_ids: Iterable[str], *, as_if_active: Order | None = None
    ) -> dict[str, dict[int, Checkpoint]]:
        """Per customer its checkpoints, in money, also under the terms of an order that is a draft still."""
        billed: dict[str, dict[int, Checkpoint]] = {}
        for customer_id in customer_ids:
            plan, rated = self.with_plan(organization_id, customer_id, as_if_active=as_if_active)
            billed[customer_id] = self._in_money(organization_id, customer_id, plan, rated)
        return billed

    def with_plan(
        self, organization_id: str, customer_id: str, *, as_if_active: Order | None = None
    ) -> tuple[RatingPlan, dict[int, Checkpoint]]:
        """One customer's, and the plan that they are rated by."""
        state = self._checkpoints.load(organization_id, customer_id)
        plan = state.plan
        if as_if_active is not None and as_if_active.customer_id == customer_id:
            plan = plan.with_order(as_if_active)
        rated: dict[LogId, Checkpoint] = {}
        shards = [0]
        while shards:
            log = LogId(organization_id, customer_id, shards.pop(0))
            stored = state.checkpoints.get(log.shard, Stored(Checkpoint(), 0))
            rated[log] = self._to_end(log, stored.value.under(plan), plan)
            if rated[log].is_split:
                from functions.billing.models.shard import children_of  # noqa: PLC0415 - few logs are split

                shards += children_of(log.shard)
        return plan, {log.shard: checkpoint for log, checkpoint in self._checkpoints.whole(rated).items()}

    def _to_end(self, log: LogId, checkpoint: Checkpoint, plan: RatingPlan) -> Checkpoint:
        while True:
            segments = self._log.read(log, after=checkpoint.rated_through, limit=SEGMENTS_PER_STEP)
            checkpoint = rate_forward(checkpoint, plan, segments)
            if len(segments) < SEGMENTS_PER_STEP:
                return checkpoint
