"""Customers' aliases on the wire (contract: CustomerAlias)."""

from functions.billing.models.customer import CustomerAlias
from functions.billing.models.entity import ExternalId
from functions.runtime.wire import Creation, LongText, MomentOut, OptionalText, Wire


class CreateAlias(Creation):
    alias: ExternalId
    name: OptionalText = None
    description: LongText = None


class AliasOut(Wire):
    alias: str
    customer_id: str
    name: str | None
    description: str | None
    created_at: MomentOut
    updated_at: MomentOut


def alias_out(alias: CustomerAlias) -> AliasOut:
    return AliasOut.model_validate(alias.model_dump())
