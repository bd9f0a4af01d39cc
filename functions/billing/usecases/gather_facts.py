"""What invoices are made of, read for several orders of an organization at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from functions.billing.invoicing.build import BillingFacts, addressed
from functions.billing.models.customer import Customer
from functions.billing.models.entity import Entity
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Checkpoint
from functions.billing.ports import Collection, Organizations, TaxCalculator

if TYPE_CHECKING:
    from functions.billing.models.contact import Contact

E = TypeVar("E", bound=Entity)

Ratings = Callable[[str, Iterable[str]], dict[str, dict[int, Checkpoint]]]
"""Brings the usage of an organization's customers to the ends of their logs: see `advance_ratings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherFacts:
    """Reads orders, buyers and contacts in as few calls as there are kinds, and the usage of each customer.

    Not `fresh` costs a run half: what somebody changed a moment ago may not be on the invoice yet. Terms always are,
    and everything is on an order's first invoice: whoever activated it may have changed its buyer right before.
    """

    organizations: Organizations
    orders: Collection[Order]
    customers: Collection[Customer]
    contacts: "Collection[Contact]"
    taxes: TaxCalculator
    advance_ratings: Ratings
    fresh: bool = True

    def __call__(self, organization_id: str, schedules: Sequence[BillingSchedule]) -> dict[str, BillingFacts]:
        """The facts by order; an order that is gone, or whose payer is, has none."""
        organization = self.organizations.get(organization_id)
        orders = self._orders(organization_id, schedules)
        payers = {_payer(order) for order in orders.values()}
        fresh = self.fresh or any(schedule.billed_until is None for schedule in schedules)
        buyers = _read(self.customers, organization_id, payers, fresh=fresh)
        contact_ids = {contact_id for order in orders.values() for contact_id in order.billing_contact_ids}
        contacts = _read(self.contacts, organization_id, contact_ids, fresh=fresh)
        usage = self.advance_ratings(organization_id, {order.customer_id for order in orders.values()})
        facts: dict[str, BillingFacts] = {}
        for schedule in schedules:
            order = orders.get(schedule.order_id)
            buyer = None if order is None else buyers.get(_payer(order))
            if order is None or buyer is None:
                continue
            contact = _first_named(order, contacts)
            facts[order.id] = BillingFacts(
                organization=organization,
                order=order,
                buyer=buyer,
                contact=contact,
                checkpoints=usage[order.customer_id],
                schedule=schedule,
                tax=self.taxes.decide(organization, addressed(buyer, contact)),
            )
        return facts

    def _orders(self, organization_id: str, schedules: Sequence[BillingSchedule]) -> dict[str, Order]:
        """The orders, none of them older than its schedule: their terms change together."""
        order_ids = [schedule.order_id for schedule in schedules]
        orders = self.orders.get_many(organization_id, order_ids, fresh=self.fresh)
        stale = [s.order_id for s in schedules if s.order_id not in orders or orders[s.order_id].version < s.terms]
        return {**orders, **self.orders.get_many(organization_id, stale)} if stale else orders


def _read(things: Collection[E], organization_id: str, ids: set[str], *, fresh: bool) -> dict[str, E]:
    """One that is a moment old will do; one that is not there yet is asked for again."""
    found = things.get_many(organization_id, ids, fresh=fresh)
    missing = ids - found.keys()
    return {**found, **things.get_many(organization_id, missing)} if missing and not fresh else found


def _payer(order: Order) -> str:
    return order.billing_customer_id or order.customer_id


def _first_named(order: Order, contacts: "Mapping[str, Contact]") -> "Contact | None":
    """The first of the order's contacts that still exists."""
    return next((contacts[i] for i in order.billing_contact_ids if i in contacts), None)
