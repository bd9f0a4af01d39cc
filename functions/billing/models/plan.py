"""A plan: components of a product at prices of its own, beside those that the product itself is sold at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime, Field

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import CurrencyCode, Entity, Name, Value
from functions.billing.models.pricing import BillingFrequency, ChargeType, Pricing
from functions.billing.models.product import PricingVersion, Product, ProductAttribute


class PlanStatus(StrEnum):
    """An archived plan is sold to nobody any more; what was sold from it stays as it was."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class PlanAttribute(Value):
    """A component of the product at the plan's price; its name, and whether it is active, are the product's to say."""

    product_attribute_id: str
    pricing: Pricing


class Plan(Entity):
    """A variant of a product; which is the product's default, and the order of upgrades, stand on the product.

    `currencies` are those that it is kept to; None for all that its components are priced in. `pricing_version` counts
    how often its attributes were replaced.
    """

    product_id: str
    name: Name | None = None
    currencies: tuple[CurrencyCode, ...] | None = None
    archived_at: AwareDatetime | None = None
    attributes: tuple[PlanAttribute, ...] = Field(min_length=1)
    pricing_version: int = 1

    @property
    def status(self) -> PlanStatus:
        return PlanStatus.ACTIVE if self.archived_at is None else PlanStatus.ARCHIVED

    @property
    def supported_currencies(self) -> tuple[str, ...]:
        """Those that an order may be in; none, if no component needs a price point, means any."""
        return priced_in(self.attributes) if self.currencies is None else self.currencies

    def recurs(self, frequency: BillingFrequency) -> bool:
        """Whether one of its components is billed so often."""
        pricings = [each.pricing for each in self.attributes]
        return any(each.charge_type is not ChargeType.ONE_TIME and each.frequency is frequency for each in pricings)

    def check_sale(self, currency: str, *, named: str) -> None:
        """Raises InvalidInput, in a sentence that begins with how the plan was named, if no order may be made of it."""
        if self.status is PlanStatus.ARCHIVED:
            raise InvalidInput(f"{named}, which is archived: expected an active plan")
        supported = self.supported_currencies
        if supported and currency not in supported:
            raise InvalidInput(
                f"{named}, which is sold in {', '.join(supported)}: expected a plan that is sold in {currency}"
            )

    def applied_to(self, product: Product) -> Product:
        """The product with the plan's components at the plan's prices, and the others at its own."""
        sold = {each.product_attribute_id: each.pricing for each in self.attributes}
        attributes = tuple(self._priced(each, sold.get(each.id)) for each in product.attributes)
        return product.model_copy(update={"attributes": attributes})

    def _priced(self, attribute: ProductAttribute, pricing: Pricing | None) -> ProductAttribute:
        if pricing is None:
            return attribute
        version = PricingVersion(version=self.pricing_version, effective_at=self.updated_at, pricing=pricing)
        return attribute.model_copy(update={"versions": (version,)})


@dataclass(frozen=True, slots=True)
class Variant:
    """A plan, and the product that it is a plan of, at one moment."""

    product: Product
    plan: Plan

    @property
    def is_default(self) -> bool:
        return self.product.default_plan_id == self.plan.id

    @property
    def upgrade_path_order(self) -> int | None:
        """The plan's place on its path, from 0 on; None where it is on none."""
        paths = [path.plan_ids for path in self.product.upgrade_paths if self.plan.id in path.plan_ids]
        return paths[0].index(self.plan.id) if paths else None


def priced_in(attributes: Sequence[PlanAttribute]) -> tuple[str, ...]:
    """The currencies that every one of them that needs a price point has one in."""
    priced = [each.pricing for each in attributes if each.pricing.needs_price_point]
    named = dict.fromkeys(point.currency for pricing in priced for point in pricing.price_points)
    return tuple(currency for currency in named if all(pricing.is_sold_in(currency) for pricing in priced))


def check_plan(plan: Plan, product: Product) -> None:
    """Raises InvalidInput for what is no component of the product's, and for currencies that it cannot be sold in."""
    _check_attributes(plan, product)
    common = priced_in(plan.attributes)
    if not common and any(each.pricing.needs_price_point for each in plan.attributes):
        raise InvalidInput("attributes have no currency in common, expected one that each of them has a price point in")
    for currency in plan.currencies or ():
        if common and currency not in common:
            raise InvalidInput(
                f"supportedCurrencies has {currency}, expected currencies that every attribute of the plan has a price "
                f"point in: {', '.join(common)}"
            )


def _check_attributes(plan: Plan, product: Product) -> None:
    unnamed = {attribute.id for attribute in product.attributes}
    for index, each in enumerate(plan.attributes):
        if each.product_attribute_id not in unnamed:
            raise InvalidInput(
                f"attributes[{index}].productAttributeId is {each.product_attribute_id!r}, "
                f"expected the id of an attribute of product {product.id}, each at most once"
            )
        unnamed.remove(each.product_attribute_id)
