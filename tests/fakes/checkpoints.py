"""Rating plans and checkpoints, in memory."""

from collections.abc import Iterable, Mapping

from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, RatingPlan, UsagePage
from functions.billing.ports import MissingPageError, OutdatedError, RatingState, Stored


class FakeCheckpoints:
    """Fulfils `Checkpoints`. Plans are put by the order book."""

    def __init__(self) -> None:
        self.plans: dict[tuple[str, str], Stored[RatingPlan]] = {}
        self.stored: dict[LogId, Stored[Checkpoint]] = {}
        self.pages: dict[LogId, dict[str, UsagePage]] = {}

    def load(self, organization_id: str, customer_id: str) -> RatingState:
        of_customer = {
            log.shard: stored
            for log, stored in self.stored.items()
            if (log.organization_id, log.customer_id) == (organization_id, customer_id)
        }
        return RatingState(self.plan(organization_id, customer_id).value, of_customer)

    def load_many(self, organization_id: str, customer_ids: Iterable[str]) -> dict[str, RatingState]:
        states = {customer_id: self.load(organization_id, customer_id) for customer_id in customer_ids}
        return {
            customer_id: RatingState(state.plan, {0: state.checkpoints[0]} if 0 in state.checkpoints else {})
            for customer_id, state in states.items()
        }

    def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
        stored = self.stored.get(log)
        if (0 if stored is None else stored.revision) != replaces:
            raise OutdatedError
        self.stored[log] = Stored(checkpoint, replaces + 1)

    def whole(self, rated: Mapping[LogId, Checkpoint]) -> dict[LogId, Checkpoint]:
        try:
            return {log: each.whole(self.pages.get(log, {})) for log, each in rated.items()}
        except KeyError as missing:
            raise MissingPageError(f"page {missing} of usage is not there") from None

    def put_page(self, log: LogId, name: str, page: UsagePage) -> None:
        self.pages.setdefault(log, {}).setdefault(name, page)

    def plan(self, organization_id: str, customer_id: str) -> Stored[RatingPlan]:
        return self.plans.get((organization_id, customer_id), Stored(RatingPlan(), 0))
