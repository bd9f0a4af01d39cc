"""Who is billed: the customer, the other names it goes by, and its users."""

from enum import StrEnum

from pydantic import AwareDatetime

from functions.billing.models.entity import CurrencyCode, Entity, ExternalId, Metadata, Name, Value
from functions.billing.models.tax import TaxExemptStatus


class CreationState(StrEnum):
    """Whether a thing is still being prepared; customers and orders have it."""

    DRAFT = "draft"
    ACTIVE = "active"


class CustomerStatus(StrEnum):
    ACTIVE = "active"
    CHURNED = "churned"


class Address(Value):
    """A postal address. A contact's `street` on the wire is `line1` here."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    country: str | None = None


class Customer(Entity):
    """A customer. Texts that the contract requires in answers are empty while unset."""

    name: Name
    legal_name: str | None = None
    email: str = ""
    phone: str = ""
    website: str = ""
    billing_address: Address | None = None
    creation_state: CreationState = CreationState.ACTIVE
    churn_date: AwareDatetime | None = None
    vat_number: str | None = None
    tax_exempt_status: TaxExemptStatus = TaxExemptStatus.NONE
    metadata: Metadata | None = None
    default_currency: CurrencyCode

    @property
    def status(self) -> CustomerStatus:
        return CustomerStatus.ACTIVE if self.churn_date is None else CustomerStatus.CHURNED


class CustomerAlias(Value):
    """Another external id that leads to the customer; it shares the name space of external ids."""

    alias: ExternalId
    customer_id: str
    name: str | None = None
    description: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class UserStatus(StrEnum):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class CustomerUser(Value):
    """A person or agent at a customer who may sit on a seat; users never create billable seats."""

    id: str
    external_id: ExternalId
    customer_id: str
    name: str | None = None
    email: str | None = None
    metadata: Metadata | None = None
    status: UserStatus = UserStatus.ACTIVE
    created_at: AwareDatetime
    updated_at: AwareDatetime
