"""What a listing of signals asks for."""

from dataclasses import dataclass
from datetime import datetime

from functions.billing.models.cost import COST_EVENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """None means any. Moments are inclusive on both sides and of the time of ingestion, not of the event.

    `external_customer_id` is what the sender wrote: for names that lead to no customer, or no longer.
    """

    customer_id: str | None = None
    external_customer_id: str | None = None
    event_name: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    logged_from: datetime | None = None
    logged_to: datetime | None = None

    def covers(self, logged_at: datetime) -> bool:
        """Whether what was logged then, a whole segment at a time, is asked for."""
        if self.logged_from is not None and logged_at < self.logged_from:
            return False
        return self.logged_to is None or logged_at <= self.logged_to

    def takes(
        self,
        event_name: str,
        product_id: str | None,
        external_product_id: str | None,
        external_customer_id: str | None = None,
    ) -> bool:
        """Whether signals of this event and product are asked for; an external id finds unresolved ones too.

        Costs stand in the same log and are never asked for.
        """
        if event_name == COST_EVENT:
            return False
        if self.event_name is not None and event_name != self.event_name:
            return False
        if self.external_customer_id is not None and external_customer_id != self.external_customer_id:
            return False
        if self.product_id is None and self.external_product_id is None:
            return True
        by_id = self.product_id is not None and product_id == self.product_id
        by_name = self.external_product_id is not None and external_product_id == self.external_product_id
        return by_id or by_name
