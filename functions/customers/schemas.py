"""Customers on the wire (contract: Customer)."""

from functions.billing.models.customer import Address, CreationState, Customer, CustomerStatus
from functions.billing.models.entity import ExternalId, Metadata, Name
from functions.billing.models.tax import TaxExemptStatus
from functions.runtime.fields import Currency, EmailText, LimitedMetadata
from functions.runtime.wire import (
    Creation,
    FromMoment,
    Json,
    Moment,
    MomentOut,
    OptionalText,
    Paging,
    Part,
    Text,
    ToMoment,
    Wire,
)


class CustomerQuery(Paging):
    """The filters of the listing; both moments are inclusive."""

    name: str | None = None
    status: CustomerStatus | None = None
    creation_state: CreationState | None = None
    created_at_from: FromMoment | None = None
    created_at_to: ToMoment | None = None
    external_id: str | None = None

    def takes(self, customer: Customer) -> bool:
        """Whether the customer is asked for, the external id apart."""
        return (
            (self.name is None or self.name.casefold() in customer.name.casefold())
            and (self.status is None or customer.status is self.status)
            and (self.creation_state is None or customer.creation_state is self.creation_state)
            and (self.created_at_from is None or customer.created_at >= self.created_at_from)
            and (self.created_at_to is None or customer.created_at <= self.created_at_to)
        )


class CustomerAddress(Part):
    line1: OptionalText = None
    line2: OptionalText = None
    city: OptionalText = None
    state: OptionalText = None
    zip_code: OptionalText = None
    country: OptionalText = None

    def entity(self) -> Address:
        return Address(**self.model_dump())


class CreateCustomer(Creation):
    name: Name
    legal_name: OptionalText = None
    email: EmailText = ""
    phone: Text = ""
    website: Text = ""
    external_id: ExternalId | None = None
    billing_address: CustomerAddress | None = None
    creation_state: CreationState = CreationState.ACTIVE
    vat_number: OptionalText = None
    tax_exempt_status: TaxExemptStatus = TaxExemptStatus.NONE
    metadata: LimitedMetadata | None = None
    default_currency: Currency = ""


class UpdateCustomer(Wire):
    """Absent fields stay as they are; null clears those that may be empty. The currency is for ever."""

    name: Name = ""
    legal_name: OptionalText = None
    email: EmailText = ""
    phone: Text = ""
    website: Text = ""
    external_id: ExternalId | None = None
    billing_address: CustomerAddress | None = None
    creation_state: CreationState = CreationState.ACTIVE
    churn_date: Moment | None = None
    vat_number: OptionalText = None
    tax_exempt_status: TaxExemptStatus = TaxExemptStatus.NONE
    metadata: LimitedMetadata | None = None


class CustomerOut(Wire):
    """`taxExemptStatus` is ours: the contract's first version had it."""

    id: str
    name: str
    legal_name: str | None
    email: str
    phone: str
    website: str
    external_id: str | None
    billing_address: CustomerAddress | None
    creation_state: CreationState
    status: CustomerStatus
    churn_date: MomentOut | None
    vat_number: str | None
    tax_exempt_status: TaxExemptStatus
    metadata: Metadata | None
    default_currency: str
    connections: Json
    created_at: MomentOut
    updated_at: MomentOut


def customer_out(customer: Customer) -> CustomerOut:
    """`connections` names the accounts at other systems; there are none yet."""
    same = {name: getattr(customer, name) for name in CustomerOut.model_fields if name != "connections"}
    address = address_out(customer.billing_address)
    return CustomerOut.model_validate({**same, "billing_address": address, "connections": {}})


def address_out(address: Address | None) -> CustomerAddress | None:
    return None if address is None else CustomerAddress.model_validate(address.model_dump())
