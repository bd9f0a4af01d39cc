"""Billing schedules, in memory."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import Stored


class FakeSchedules:
    """Fulfils `Schedules`. The first one of an order is put by the order book."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Stored[BillingSchedule]] = {}
        self._invoices: Collection[tuple[str, str]] = ()

    def promised_in(self, invoices: Collection[tuple[str, str]]) -> None:
        """Where the invoices are that schedules promise: organization and id."""
        self._invoices = invoices

    def get(self, organization_id: str, order_id: str) -> Stored[BillingSchedule] | None:
        return self.stored.get((organization_id, order_id))

    def get_many(
        self, organization_id: str, order_ids: Iterable[str], *, fresh: bool = True
    ) -> dict[str, Stored[BillingSchedule]]:
        del fresh
        found = (self.get(organization_id, order_id) for order_id in order_ids)
        return {stored.value.order_id: stored for stored in found if stored is not None}

    def all(self, organization_id: str) -> Iterator[BillingSchedule]:
        for (owner, _), stored in sorted(self.stored.items()):
            if owner == organization_id:
                yield stored.value

    def move(self, organization_id: str, schedules: Sequence[Stored[BillingSchedule]]) -> set[str]:
        moved: set[str] = set()
        for each in schedules:
            order_id = each.value.order_id
            stored = self.get(organization_id, order_id)
            if (0 if stored is None else stored.revision) == each.revision:
                self.stored[organization_id, order_id] = Stored(each.value, each.revision + 1)
                moved.add(order_id)
        return moved

    def is_kept(self, organization_id: str, schedule: BillingSchedule) -> bool:
        promised = schedule.promised
        return promised is None or (organization_id, promised.invoice_id) in self._invoices
