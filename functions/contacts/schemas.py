"""Contacts on the wire (contract: Contact)."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from functions.billing.models.contact import Contact, ContactRole
from functions.billing.models.customer import Address
from functions.billing.models.entity import ExternalId
from functions.runtime.fields import Email, Id
from functions.runtime.wire import Creation, MomentOut, OptionalText, Part, Text, Wire


def _none_for_null(value: object) -> object:
    return () if value is None else value


Roles = Annotated[tuple[ContactRole, ...], Field(max_length=10), BeforeValidator(_none_for_null)]


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
    customer_id: Id
    first_name: Text = ""
    last_name: Text = ""
    email: Email
    phone: OptionalText = None
    billing_address: ContactAddress | None = None
    external_id: ExternalId | None = None
    roles: Roles = ()


class UpdateContact(Wire):
    """Absent fields stay as they are; null clears those that may be empty."""

    customer_id: Id = ""
    first_name: Text = ""
    last_name: Text = ""
    email: Email = ""
    phone: OptionalText = None
    billing_address: ContactAddress | None = None
    external_id: ExternalId | None = None
    roles: Roles = ()


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
    same = {name: getattr(contact, name) for name in ContactOut.model_fields}
    address = contact.billing_address
    return ContactOut.model_validate({**same, "billing_address": address and _address_out(address)})


def _address_out(address: Address) -> ContactAddress:
    return ContactAddress(
        street=address.line1,
        city=address.city,
        state=address.state,
        country=address.country,
        zip_code=address.zip_code,
    )
