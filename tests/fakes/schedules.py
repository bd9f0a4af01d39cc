"""Billing schedules, in memory."""

from collections.abc import Iterable, Iterator

from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import OutdatedError, Stored


class FakeSchedules:
    """Fulfils `Schedules`. The first one of an order is put by the order book."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Stored[BillingSchedule]] = {}

    def get(self, organization_id: str, order_id: str) -> Stored[BillingSchedule] | None:
        return self.stored.get((organization_id, order_id))

    def get_many(self, organization_id: str, order_ids: Iterable[str]) -> dict[str, BillingSchedule]:
        found = (self.get(organization_id, order_id) for order_id in order_ids)
        return {stored.value.order_id: stored.value for stored in found if stored is not None}

    def all(self, organization_id: str) -> Iterator[BillingSchedule]:
        for (owner, _), stored in sorted(self.stored.items()):
            if owner == organization_id:
                yield stored.value

    def move(self, organization_id: str, schedule: BillingSchedule, *, replaces: int) -> None:
        stored = self.get(organization_id, schedule.order_id)
        if (0 if stored is None else stored.revision) != replaces:
            raise OutdatedError
        self.stored[organization_id, schedule.order_id] = Stored(schedule, replaces + 1)
