"""Tenants, in memory."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.organization import Organization


class FakeOrganizations:
    """Fulfils `Organizations`."""

    def __init__(self, *organizations: Organization) -> None:
        self.stored = {organization.id: organization for organization in organizations}

    def insert(self, organization: Organization) -> None:
        self.stored[organization.id] = organization

    def get(self, organization_id: str) -> Organization:
        try:
            return self.stored[organization_id]
        except KeyError:
            raise NotFound("organization", organization_id) from None

    def all(self) -> Iterator[Organization]:
        return iter(list(self.stored.values()))

    def set_clock(self, organization_id: str, day: date, *, now: datetime) -> Organization:
        def moved(organization: Organization) -> Organization:
            if organization.clock == day:
                return organization
            if organization.clock is not None and day < organization.clock:
                raise InvalidInput(f"date is {day}, before the clock's {organization.clock}; a clock only goes forward")
            return organization.model_copy(update={"clock": day, "updated_at": now})

        return self.modify(organization_id, moved)

    def modify(self, organization_id: str, change: Callable[[Organization], Organization]) -> Organization:
        while True:
            before = self.get(organization_id)
            after = change(before)
            if self.stored[organization_id] is before:
                self.stored[organization_id] = after
                return after
