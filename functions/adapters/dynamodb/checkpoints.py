"""Rating plans and checkpoints; a customer's lie in one partition, so that one read brings them all."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import Item, item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.models.segment import LogId
from functions.billing.models.usage import Checkpoint, RatingPlan, UsagePage
from functions.billing.ports import MissingPageError, OutdatedError, RatingState, Stored


class DynamoCheckpoints:
    """Fulfils `Checkpoints`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def load(self, organization_id: str, customer_id: str) -> RatingState:
        return _state(self._records.query(keys.rating_partition(organization_id, customer_id)))

    def load_many(self, organization_id: str, customer_ids: Iterable[str]) -> dict[str, RatingState]:
        found: dict[str, list[Item]] = {customer_id: [] for customer_id in customer_ids}
        owners = {keys.rating_partition(organization_id, customer_id): customer_id for customer_id in found}
        plans = self._records.get_many(keys.rating_plan(organization_id, customer_id) for customer_id in found)
        checkpoints = self._records.get_many(
            (keys.checkpoint(LogId(organization_id, customer_id)) for customer_id in found), fresh=False
        )
        for item in (*plans, *checkpoints):
            found[owners[item["pk"]["S"]]].append(item)
        return {customer_id: _state(items) for customer_id, items in found.items()}

    def save(self, log: LogId, checkpoint: Checkpoint, *, replaces: int) -> None:
        item = item_of(keys.checkpoint(log), checkpoint, revision=replaces + 1)
        try:
            self._records.put(item, replaces=replaces)
        except ConditionsFailedError:
            raise OutdatedError from None

    def whole(self, rated: Mapping[LogId, Checkpoint]) -> dict[LogId, Checkpoint]:
        """What is written once may be read at half the price: only one that is not there yet is asked for again."""
        wanted = {keys.usage_page(log, name): (log, name) for log, each in rated.items() for name in each.page_keys}
        if not wanted:
            return dict(rated)
        items = self._records.get_many(wanted, fresh=False)
        if len(items) < len(wanted):
            items = self._records.get_many(wanted)
        pages: dict[LogId, dict[str, UsagePage]] = {}
        for item in items:
            log, name = wanted[keys.Key(item["pk"]["S"], item["sk"]["S"])]
            pages.setdefault(log, {})[name] = value_of(item, UsagePage)
        try:
            return {log: each.whole(pages.get(log, {})) for log, each in rated.items()}
        except KeyError as missing:
            raise MissingPageError(f"page {missing} of usage is not there") from None

    def put_page(self, log: LogId, key: str, page: UsagePage) -> None:
        with suppress(ConditionsFailedError):
            self._records.put(item_of(keys.usage_page(log, key), page, revision=1), replaces=0)


def _state(items: Iterable[Item]) -> RatingState:
    plan, checkpoints = RatingPlan(), {}
    for item in items:
        name = item["sk"]["S"]
        if name == keys.PLAN:
            plan = value_of(item, RatingPlan)
        else:
            checkpoints[int(name)] = Stored(value_of(item, Checkpoint), revision_of(item))
    return RatingState(plan, checkpoints)
