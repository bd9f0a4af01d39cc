"""Whom an order names beside its customer: they must exist before it does."""

from typing import TYPE_CHECKING

from functions.billing.errors import InvalidInput
from functions.billing.models.customer import Customer
from functions.billing.models.order import Order
from functions.billing.ports import Collection

if TYPE_CHECKING:
    from functions.billing.models.contact import Contact


class CheckParties:
    """An unknown contact would be left off its invoices without a word, an unknown payer would stop them."""

    def __init__(self, *, customers: Collection[Customer], contacts: "Collection[Contact]") -> None:
        self._customers = customers
        self._contacts = contacts

    def __call__(self, organization_id: str, order: Order) -> None:
        """Raises InvalidInput when the order's billing customer or one of its contacts does not exist."""
        payer = order.billing_customer_id
        if payer is not None and not self._customers.get_many(organization_id, [payer]):
            raise InvalidInput(f"billingCustomerId is {payer!r}, expected the id of an existing customer")
        found = self._contacts.get_many(organization_id, order.billing_contact_ids)
        for index, contact_id in enumerate(order.billing_contact_ids):
            if contact_id not in found:
                raise InvalidInput(
                    f"billingContactIds[{index}] is {contact_id!r}, expected the id of an existing contact"
                )
            if found[contact_id].customer_id not in {order.customer_id, payer}:
                raise InvalidInput(
                    f"billingContactIds[{index}] is {contact_id!r}, expected a contact of the order's customer or payer"
                )
