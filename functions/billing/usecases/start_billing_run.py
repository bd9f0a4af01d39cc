"""A billing run: selects the orders that are due and asks for their invoices, some in a message (design: calendar)."""

from collections.abc import Iterator
from datetime import date, timedelta

from functions.billing.models.organization import Organization
from functions.billing.ports import InvoiceQueue, Organizations, Schedules

LOOKS = (timedelta(), timedelta(days=1), timedelta(days=7))
"""How old a promise is when somebody looks whether it was kept."""


class StartBillingRun:
    """Starting twice asks twice; what is billed already is found so."""

    def __init__(self, *, organizations: Organizations, schedules: Schedules, queue: InvoiceQueue) -> None:
        self._organizations = organizations
        self._schedules = schedules
        self._queue = queue

    def __call__(self, *, as_of: date, today: date) -> int:
        """How many orders it asked for: due on or before `as_of`, and not after `today`, for posting is for good.

        What was billed lately is asked for again (`LOOKS`), in case a crash left it unfinished and its message is lost.
        Organizations on a clock of their own are run by it.
        """
        due, as_of = 0, min(as_of, today)
        for organization in self._organizations.all():
            if organization.clock is None:
                order_ids = list(self._due(organization, as_of))
                self._queue.send(organization.id, order_ids, as_of=as_of)
                due += len(order_ids)
        return due

    def _due(self, organization: Organization, as_of: date) -> Iterator[str]:
        for schedule in self._schedules.all(organization.id):
            if schedule.is_due(as_of) or any(schedule.was_billed_on(as_of - age) for age in LOOKS):
                yield schedule.order_id
