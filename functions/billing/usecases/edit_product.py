"""A product changes, and with it the prices of its attributes. Prices are added, never replaced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.billing.errors import InvalidInput
from functions.billing.models.pricing import CreditBenefit, Pricing
from functions.billing.models.product import PricingVersion, Product, ProductAttribute, attribute_id
from functions.billing.ports import Collection

MAX_ATTRIBUTES = 100

CurrenciesCheck = Callable[[str, Sequence[Pricing]], None]
"""Refuses an organization's prices in credits that it does not have: see `check_currencies`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeEdit:
    """What an attribute shall be sold at, and those of its other fields that shall change.

    `attribute_id` is None for a new attribute; `benefits` given are all of its credits, None leaves them as they are.
    """

    attribute_id: str | None
    pricing: Pricing
    benefits: Sequence[CreditBenefit] | None = None
    fields: Mapping[str, object]

    def pricing_with(self, kept: Sequence[CreditBenefit]) -> Pricing:
        """With the credits that are given, else with those that there were."""
        benefits = kept if self.benefits is None else self.benefits
        return self.pricing.model_copy(update={"benefits": tuple(benefits)})


class EditProduct:
    """Changes what is given; attributes that no edit names stay as they are."""

    def __init__(self, *, products: Collection[Product], check_currencies: CurrenciesCheck) -> None:
        self._products = products
        self._check_currencies = check_currencies

    def __call__(
        self,
        organization_id: str,
        product_id: str,
        fields: Mapping[str, object],
        *,
        edits: Sequence[AttributeEdit] = (),
        now: datetime,
    ) -> Product:
        """The product after the change.

        Raises:
            NotFound: there is no such product.
            InvalidInput: an edit names an attribute that the product does not have, or names one twice, or a credit
                currency that cannot be sold in.
            ExternalIdExists: another product has the external id.
        """
        self._check_currencies(organization_id, [edit.pricing_with(()) for edit in edits])

        def change(product: Product) -> Product:
            attributes = _edited(product, edits, now=now)
            return product.model_copy(update={**fields, "attributes": attributes, "updated_at": now})

        return self._products.modify(organization_id, product_id, change)


def _edited(product: Product, edits: Sequence[AttributeEdit], *, now: datetime) -> tuple[ProductAttribute, ...]:
    attributes = {attribute.id: attribute for attribute in product.attributes}
    _check(product, edits)
    for edit in edits:
        if edit.attribute_id is None:
            after = _new(edit, attribute_id(product.id, len(attributes) + 1), now=now)
        else:
            before = attributes[edit.attribute_id]
            after = before.sold_at(edit.pricing_with(before.pricing.benefits), now=now)
        attributes[after.id] = after.model_copy(update=dict(edit.fields))
    return tuple(attributes.values())


def _new(edit: AttributeEdit, new_id: str, *, now: datetime) -> ProductAttribute:
    first = PricingVersion(version=1, effective_at=now, pricing=edit.pricing_with(()))
    return ProductAttribute.model_validate({"id": new_id, "versions": (first,), **edit.fields})


def _check(product: Product, edits: Sequence[AttributeEdit]) -> None:
    unnamed = {attribute.id for attribute in product.attributes}
    for index, edit in enumerate(edits):
        if edit.attribute_id is None:
            continue
        if edit.attribute_id not in unnamed:
            raise InvalidInput(
                f"productAttributes[{index}].productAttributeId is {edit.attribute_id!r}, "
                f"expected the id of an attribute of product {product.id}, each at most once"
            )
        unnamed.remove(edit.attribute_id)
    count = len(product.attributes) + sum(edit.attribute_id is None for edit in edits)
    if count > MAX_ATTRIBUTES:
        raise InvalidInput(f"productAttributes would be {count} on product {product.id}, at most {MAX_ATTRIBUTES} fit")
