"""A person at a customer who receives its invoices."""

from enum import StrEnum

from functions.billing.models.customer import Address
from functions.billing.models.entity import Entity


class ContactRole(StrEnum):
    BILLING = "BILLING"
    ACCOUNTS_PAYABLE = "ACCOUNTS_PAYABLE"


class Contact(Entity):
    customer_id: str
    first_name: str = ""
    last_name: str = ""
    email: str
    phone: str | None = None
    billing_address: Address | None = None
    roles: tuple[ContactRole, ...] = ()
