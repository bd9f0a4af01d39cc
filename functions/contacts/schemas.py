"""Contacts on the wire (contract: Contact)."""

from typing import Annotated

from pydantic import StringConstraints

from functions.billing.models.contact import Contact, ContactRole
from functions.billing.models.customer import Address
from functions.billing.models.entity import ExternalId
from functions.runtime.wire import Creation, MomentOut, OptionalText, Part, Text, Wire

Email = Annotated[str, StringConstraints(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]


class ContactAddress(Part):
    """A contact's address; its `street` is `line1` elsewhere."""

    street: OptionalText = None
    city: OptionalText = None
    state: OptionalText = None
    country: OptionalText = None
    zip_code: OptionalText = None

    def entity(self) -> Address:
        return Address(
            line1=self.street, city=self.city, state=self.state, country=self.country, zip_code=self.zip_code
        )


class CreateContact(Creation):
    customer_id: str
    first_name: Text = ""
    last_name: Text = ""
    email: Email
    phone: OptionalText = None
    billing_address: ContactAddress | None = None
    external_id: ExternalId | None = None
    roles: tuple[ContactRole, ...] = ()


class UpdateContact(Wire):
    """Absent fields stay as they are; null clears those that may be empty."""

    customer_id: str = ""
    first_name: Text = ""
    last_name: Text = ""
    email: Email = ""
    phone: OptionalText = None
    billing_address: ContactAddress | None = None
    external_id: ExternalId | None = None
    roles: tuple[ContactRole, ...] = ()


class ContactOut(Wire):
    id: str
    customer_id: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    billing_address: ContactAddress | None
    external_id: str | None
    roles: tuple[ContactRole, ...]
    created_at: MomentOut
    updated_at: MomentOut


def contact_out(contact: Contact) -> ContactOut:
    address = contact.billing_address
    return ContactOut(
        id=contact.id,
        customer_id=contact.customer_id,
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        phone=contact.phone,
        billing_address=None
        if address is None
        else ContactAddress(
            street=address.line1,
            city=address.city,
            state=address.state,
            country=address.country,
            zip_code=address.zip_code,
        ),
        external_id=contact.external_id,
        roles=contact.roles,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
    )
