"""Tenants, in memory."""

from collections.abc import Iterator
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
        organization = self.get(organization_id)
        if organization.clock == day:
            return organization
        if organization.clock is not None and day < organization.clock:
            raise InvalidInput(f"date is {day}, before the clock's {organization.clock}; a clock only goes forward")
        moved = organization.model_copy(update={"clock": day, "updated_at": now})
        self.stored[organization_id] = moved
        return moved
