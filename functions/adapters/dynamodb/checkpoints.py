"""Rating plans and checkpoints; a customer's lie in one partition, so that one read brings them all."""

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.ports import OutdatedError, RatingState, Stored


class DynamoCheckpoints:
    """Fulfils `Checkpoints`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def load(self, organization_id: str, customer_id: str) -> RatingState:
        plan, checkpoints = RatingPlan(), {}
        for item in self._records.query(keys.rating_partition(organization_id, customer_id)):
            name = item["sk"]["S"]
            if name == keys.PLAN:
                plan = value_of(item, RatingPlan)
            else:
                checkpoints[int(name)] = Stored(value_of(item, Checkpoint), revision_of(item))
        return RatingState(plan, checkpoints)

    def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
        item = item_of(keys.checkpoint(log), checkpoint, revision=replaces + 1)
        try:
            self._records.put(item, replaces=replaces)
        except ConditionsFailedError:
            raise OutdatedError from None
