"""Products on the wire (contract: Product)."""

from typing import Annotated

from pydantic import Field, model_validator

from functions.billing.models.entity import ExternalId, Metadata, Name
from functions.billing.models.product import Product, ProductAttribute
from functions.billing.usecases.edit_product import MAX_ATTRIBUTES, AttributeEdit
from functions.runtime.benefit_wire import CreditBenefitOut, CreditBenefits, benefits_out
from functions.runtime.fields import Flag, Id, LimitedMetadata
from functions.runtime.pricing_in import PricingIn
from functions.runtime.pricing_wire import PricingOut, pricing_out
from functions.runtime.wire import Creation, Json, LongText, MomentOut, OptionalText, Paging, Wire, changes


class ProductQuery(Paging):
    """The filters of the listing; without `archived` it shows both."""

    name: str | None = None
    active: bool | None = None
    archived: bool | None = None

    def takes(self, product: Product) -> bool:
        return (
            (self.name is None or self.name.casefold() in product.name.casefold())
            and (self.active is None or product.active is self.active)
            and (self.archived is None or (product.archived_at is not None) is self.archived)
        )


class CreateProduct(Creation):
    """A product is for sale unless its maker says otherwise: the guide's "Finish", not its "Save as draft"."""

    name: Name
    description: LongText = None
    active: Flag = True
    product_code: OptionalText = None
    external_id: ExternalId | None = None
    metadata: LimitedMetadata | None = None


_ATTRIBUTE_FIELDS = {"name", "active", "tax_code"}


class AttributeUpsert(Wire):
    """An attribute to add, or with its id one to change; absent fields of that one stay as they are."""

    product_attribute_id: Id | None = None
    name: Name
    active: Flag = True
    pricing: PricingIn
    credit_benefits: CreditBenefits | None = None
    tax_code: OptionalText = None

    @model_validator(mode="before")
    @classmethod
    def _leaves_open_whether_it_is_active(cls, attribute: object) -> object:
        """The contract lets it be null, which is to say nothing of it."""
        if isinstance(attribute, dict) and attribute.get("active", ...) is None:
            return {name: value for name, value in attribute.items() if name != "active"}
        return attribute

    def edit(self) -> AttributeEdit:
        given = changes(self)
        fields = {name: value for name, value in given.items() if name in _ATTRIBUTE_FIELDS}
        benefits = None if self.credit_benefits is None else tuple(each.entity() for each in self.credit_benefits)
        return AttributeEdit(
            attribute_id=self.product_attribute_id, pricing=self.pricing.entity(), benefits=benefits, fields=fields
        )


class UpdateProduct(Wire):
    """Absent fields stay as they are, and a null `active` too; null clears those that may be empty."""

    name: Name = ""
    description: LongText = None
    active: Flag | None = None
    product_code: OptionalText = None
    external_id: ExternalId | None = None
    metadata: LimitedMetadata | None = None
    product_attributes: Annotated[list[AttributeUpsert], Field(max_length=MAX_ATTRIBUTES)] = []

    def fields(self) -> Json:
        """What changes of the product itself."""
        given = changes(self)
        given.pop("product_attributes", None)
        return {name: value for name, value in given.items() if name != "active" or value is not None}


class AttributeOut(Wire):
    product_attribute_id: str
    name: str
    active: bool
    pricing: PricingOut
    credit_benefits: list[CreditBenefitOut]


class ProductOut(Wire):
    id: str
    name: str
    description: str | None
    active: bool
    product_code: str | None
    external_id: str | None
    archived_at: MomentOut | None
    metadata: Metadata | None
    created_at: MomentOut
    updated_at: MomentOut


class ProductDetailOut(ProductOut):
    product_attributes: list[AttributeOut]


def product_out(product: Product) -> ProductOut:
    return ProductOut.model_validate(_same(product))


def product_detail_out(product: Product) -> ProductDetailOut:
    attributes = [_attribute_out(attribute) for attribute in product.attributes]
    return ProductDetailOut.model_validate({**_same(product), "product_attributes": attributes})


def _attribute_out(attribute: ProductAttribute) -> AttributeOut:
    return AttributeOut(
        product_attribute_id=attribute.id,
        name=attribute.name,
        active=attribute.active,
        pricing=pricing_out(attribute.pricing),
        credit_benefits=benefits_out(attribute.id, attribute.pricing),
    )


def _same(product: Product) -> Json:
    """The fields that are on the wire what they are inside."""
    return {name: getattr(product, name) for name in ProductOut.model_fields}
