"""Who sits where: one item per order, so that a batch of assignments is all or nothing."""

from collections.abc import Callable

from functions.adapters.dynamodb import documents, keys
from functions.adapters.dynamodb.items import value_of
from functions.adapters.dynamodb.table import Records
from functions.billing.models.order import SeatAssignments


class DynamoSeats:
    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, organization_id: str, order_id: str) -> SeatAssignments:
        item = self._records.get(keys.seats(organization_id, order_id))
        return SeatAssignments() if item is None else value_of(item, SeatAssignments)

    def modify(
        self,
        organization_id: str,
        order_id: str,
        change: Callable[[SeatAssignments], SeatAssignments],
    ) -> SeatAssignments:
        """Raises what `change` raises."""
        return documents.modify(
            self._records,
            keys.seats(organization_id, order_id),
            SeatAssignments,
            lambda stored: change(stored or SeatAssignments()),
        )
