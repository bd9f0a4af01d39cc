"""A customer goes, and with it what is only there because of it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from functions.billing.errors import Conflict, InvalidInput, NotFound
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer, CustomerAlias, CustomerUser
from functions.billing.ports import Collection

_ALL = 1_000_000


class Customers(Protocol):
    def is_in_use(self, organization_id: str, entity_id: str) -> bool: ...

    def delete(
        self, organization_id: str, entity_id: str, *, check: Callable[[Customer], None] | None = None
    ) -> None: ...


class Aliases(Protocol):
    def of(self, organization_id: str, customer_id: str) -> list[CustomerAlias]: ...

    def delete(self, organization_id: str, customer_id: str, alias: str) -> None: ...


class Users(Protocol):
    def of(self, organization_id: str, customer_id: str) -> list[CustomerUser]: ...

    def delete(self, organization_id: str, customer_id: str, external_id: str) -> None: ...


class DeleteCustomer:
    """Contacts, aliases and users go first, the customer last.

    As long as the customer is there, a call repeated after a crash finds it and removes what is left; with the customer
    gone, nobody would. A new alias or contact counts as a change of its customer, so that none slips in between: the
    deletion is made of the revision that was read before the others went. Signals stay: the log is never changed.
    """

    def __init__(self, *, customers: Customers, contacts: Collection[Contact], aliases: Aliases, users: Users) -> None:
        self._customers = customers
        self._contacts = contacts
        self._aliases = aliases
        self._users = users

    def __call__(self, organization_id: str, customer_id: str) -> None:
        """Deletes the customer.

        Raises:
            NotFound: there is no such customer.
            InvalidInput: it has orders or payments; nothing is changed.
        """
        if self._customers.is_in_use(organization_id, customer_id):
            raise _has_orders(customer_id)
        try:
            self._customers.delete(
                organization_id, customer_id, check=lambda _: self._delete_others(organization_id, customer_id)
            )
        except Conflict:
            raise _has_orders(customer_id) from None

    def _delete_others(self, organization_id: str, customer_id: str) -> None:
        self._delete_contacts(organization_id, customer_id)
        for alias in self._aliases.of(organization_id, customer_id):
            with suppress(NotFound):
                self._aliases.delete(organization_id, customer_id, alias.alias)
        for user in self._users.of(organization_id, customer_id):
            self._users.delete(organization_id, customer_id, user.external_id)

    def _delete_contacts(self, organization_id: str, customer_id: str) -> None:
        contacts = self._contacts.page(organization_id, owner=customer_id, limit=_ALL, offset=0)
        for contact in contacts.items:
            with suppress(NotFound):
                self._contacts.delete(organization_id, contact.id, check=_still_of(customer_id))


def _still_of(customer_id: str) -> Callable[[Contact], None]:
    """The list of a customer's contacts may be a moment old: one that has moved to another customer stays."""

    def check(contact: Contact) -> None:
        if contact.customer_id != customer_id:
            raise NotFound("contact", contact.id)

    return check


def _has_orders(customer_id: str) -> InvalidInput:
    """400, because the contract declares no 409 here and clients would retry it."""
    sentence = (
        f"customer {customer_id} has orders or payments, or is billed for orders of others, and cannot be deleted"
    )
    return InvalidInput(sentence, code="CUSTOMER_HAS_ORDERS")
