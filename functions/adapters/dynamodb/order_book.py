"""Orders' terms and schedules: what is written together when billing begins or its end changes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import keys, writes
from functions.adapters.dynamodb.items import item_of, revision_of, value_of
from functions.adapters.dynamodb.kinds import ORDER
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import OutdatedError, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import BatchStatementRequestTypeDef

    from functions.billing.models.amendment import Amendment


class DynamoOrderBook:
    """Fulfils `OrderBook`, and what seats with credits of their own need."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def plan(self, organization_id: str, customer_id: str) -> Stored[RatingPlan]:
        item = self._records.get(keys.rating_plan(organization_id, customer_id))
        if item is None:
            return Stored(RatingPlan(), 0)
        return Stored(value_of(item, RatingPlan), revision_of(item))

    def commit(
        self,
        organization_id: str,
        *,
        order: Stored[Order],
        plan: Stored[RatingPlan],
        schedule: Stored[BillingSchedule],
        amendment: "Amendment | None" = None,
        seats: Stored[SeatAssignments] | None = None,
    ) -> None:
        customer_id, order_id = order.value.customer_id, order.value.id
        order_item = item_of(
            keys.thing(organization_id, ORDER.name, order_id),
            order.value,
            revision=order.revision + 1,
            owner=keys.owned_by(organization_id, ORDER.name, customer_id),
        )
        plan_key = keys.rating_plan(organization_id, customer_id)
        plan_item = item_of(plan_key, plan.value, revision=plan.revision + 1)
        schedule_key = keys.schedule(organization_id, order_id)
        schedule_item = item_of(schedule_key, schedule.value, revision=schedule.revision + 1)
        table = self._records.table
        together = [
            writes.set_revision(table, order_item, replaces=order.revision),
            writes.put_revision(table, plan_item, replaces=plan.revision),
            writes.put_revision(table, schedule_item, replaces=schedule.revision),
        ]
        if amendment is not None:
            key = keys.amendment(organization_id, amendment.id)
            together.append(writes.put_new(table, item_of(key, amendment, revision=1)))
        if seats is not None:
            seats_item = item_of(keys.seats(organization_id, order_id), seats.value, revision=seats.revision + 1)
            together.append(writes.put_revision(table, seats_item, replaces=seats.revision))
        try:
            self._records.transact(together)
        except ConditionsFailedError:
            raise OutdatedError from None

    def seats(self, organization_id: str, order_id: str) -> Stored[SeatAssignments]:
        item = self._records.get(keys.seats(organization_id, order_id))
        if item is None:
            return Stored(SeatAssignments(), 0)
        return Stored(value_of(item, SeatAssignments), revision_of(item))

    def commit_seats(
        self, organization_id: str, order: Order, seats: Stored[SeatAssignments], plan: Stored[RatingPlan]
    ) -> None:
        seats_key = keys.seats(organization_id, order.id)
        seats_item = item_of(seats_key, seats.value, revision=seats.revision + 1)
        plan_key = keys.rating_plan(organization_id, order.customer_id)
        plan_item = item_of(plan_key, plan.value, revision=plan.revision + 1)
        table = self._records.table
        try:
            self._records.transact(
                [
                    writes.put_revision(table, seats_item, replaces=seats.revision),
                    writes.put_revision(table, plan_item, replaces=plan.revision),
                ]
            )
        except ConditionsFailedError:
            raise OutdatedError from None

    def amendment(self, organization_id: str, amendment_id: str) -> "Amendment | None":
        from functions.billing.models.amendment import Amendment  # noqa: PLC0415 - few who know the book amend orders

        item = self._records.get(keys.amendment(organization_id, amendment_id))
        return None if item is None else value_of(item, Amendment)


class DynamoSchedules:
    """Fulfils `Schedules`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, organization_id: str, order_id: str) -> Stored[BillingSchedule] | None:
        item = self._records.get(keys.schedule(organization_id, order_id))
        if item is None:
            return None
        return Stored(value_of(item, BillingSchedule), revision_of(item))

    def get_many(
        self, organization_id: str, order_ids: Iterable[str], *, fresh: bool = True
    ) -> dict[str, Stored[BillingSchedule]]:
        wanted = (keys.schedule(organization_id, order_id) for order_id in order_ids)
        items = self._records.get_many(wanted, fresh=fresh)
        found = [Stored(value_of(item, BillingSchedule), revision_of(item)) for item in items]
        return {stored.value.order_id: stored for stored in found}

    def all(self, organization_id: str) -> Iterator[BillingSchedule]:
        for item in self._records.query(keys.schedule_partition(organization_id)):
            yield value_of(item, BillingSchedule)

    def move(self, organization_id: str, schedules: Sequence[Stored[BillingSchedule]]) -> set[str]:
        outcomes = self._records.execute([self._replacement(organization_id, stored) for stored in schedules])
        order_ids = (stored.value.order_id for stored in schedules)
        return {order_id for order_id, failed in zip(order_ids, outcomes, strict=True) if failed is None}

    def is_kept(self, organization_id: str, schedule: BillingSchedule) -> bool:
        if schedule.promised is None:
            return True
        return self._records.get(keys.thing(organization_id, "invoice", schedule.promised.invoice_id)) is not None

    def _replacement(self, organization_id: str, stored: Stored[BillingSchedule]) -> "BatchStatementRequestTypeDef":
        key = keys.schedule(organization_id, stored.value.order_id)
        item = item_of(key, stored.value, revision=stored.revision + 1)
        if stored.revision == 0:
            return writes.insert_statement(self._records.table, item)
        return writes.replace_statement(self._records.table, item, replaces=stored.revision)


class DynamoSequences:
    """Numbers that people count things by and in which gaps do not matter; invoices' are in their register."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def next(self, organization_id: str, kind: str) -> int:
        """The next number of the organization's things of that kind, from 1."""
        return self._records.next_number(keys.sequence(organization_id, kind))
