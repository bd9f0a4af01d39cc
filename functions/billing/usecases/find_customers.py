"""Which customers a listing shows."""

from collections.abc import Callable

from functions.billing.models.customer import Customer
from functions.billing.ports import Collection, Page


class FindCustomers:
    """Integrations look their customer up by external id before every sale: that must not read all the others."""

    def __init__(self, *, customers: Collection[Customer]) -> None:
        self._customers = customers

    def __call__(
        self,
        organization_id: str,
        *,
        external_id: str | None,
        where: Callable[[Customer], bool] | None,
        limit: int,
        offset: int,
    ) -> Page[Customer]:
        """The page; an alias is no external id here, which the listing's contract wants exact."""
        if external_id is None:
            return self._customers.page(organization_id, limit=limit, offset=offset, where=where)
        led_to = self._customers.resolve(organization_id, external_id)
        found = self._customers.get_many(organization_id, [led_to] if led_to else []).values()
        named = [customer for customer in found if customer.external_id == external_id]
        matching = [customer for customer in named if where is None or where(customer)]
        return Page(matching[offset : offset + limit], len(matching))
