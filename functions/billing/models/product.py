"""What is sold: a product and its attributes, the priced components."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, Field

from functions.billing.errors import NotFound
from functions.billing.models.entity import Entity, Metadata, Name, Value, unwritten
from functions.billing.models.pricing import BillingFrequency, Pricing

_PRODUCT, _ATTRIBUTE = "prod_", "pa_"


class PricingVersion(Value):
    """A pricing and the moment from which new orders are sold at it; versions are appended, never edited."""

    version: int
    effective_at: AwareDatetime
    pricing: Pricing


class ProductAttribute(Value):
    """A priced component of a product, with every price it ever had."""

    id: str
    name: Name
    active: bool = True
    tax_code: str | None = None
    versions: tuple[PricingVersion, ...] = Field(min_length=1)

    @property
    def pricing(self) -> Pricing:
        return self.versions[-1].pricing

    @property
    def pricing_version(self) -> int:
        return self.versions[-1].version

    def sold_at(self, pricing: Pricing, *, now: datetime) -> Self:
        """This attribute with `pricing` from now on; the same pricing again is no new version."""
        if pricing == self.pricing:
            return self
        version = PricingVersion(version=self.pricing_version + 1, effective_at=now, pricing=pricing)
        return self.model_copy(update={"versions": (*self.versions, version)})


class UpgradePath(Value):
    """The plans of one billing frequency, or of whichever, each followed by the one that customers move up to."""

    frequency: BillingFrequency | None = None
    plan_ids: tuple[str, ...]


class Product(Entity):
    """A product; orders copy the pricing of its active attributes when they are made, or of its default plan's.

    Which plan is the default, and which leads to which, stand here and not on the plans: so one write moves them.
    """

    name: Name
    description: str | None = None
    active: bool = True
    product_code: str | None = None
    archived_at: AwareDatetime | None = None
    metadata: Metadata | None = None
    attributes: tuple[ProductAttribute, ...] = ()
    default_plan_id: str | None = None
    upgrade_paths: tuple[UpgradePath, ...] = unwritten(())

    def with_upgrade_paths(self, paths: Sequence[UpgradePath]) -> Self:
        """Each in the place of its frequency's; other paths stay, without the plans that stand on these now."""
        moved = {plan_id for path in paths for plan_id in path.plan_ids}
        kept = [
            path.model_copy(update={"plan_ids": tuple(each for each in path.plan_ids if each not in moved)})
            for path in self.upgrade_paths
            if path.frequency not in {given.frequency for given in paths}
        ]
        return self.model_copy(update={"upgrade_paths": tuple(path for path in (*kept, *paths) if path.plan_ids)})

    def attribute(self, attribute_id: str) -> ProductAttribute:
        """Raises NotFound."""
        for attribute in self.attributes:
            if attribute.id == attribute_id:
                return attribute
        raise NotFound("product attribute", attribute_id)


def attribute_id(product_id: str, number: int) -> str:
    """The id of a product's attribute: it holds the product's, so that one read leads from the one to the other."""
    return f"{_ATTRIBUTE}{product_id.removeprefix(_PRODUCT)}_{number}"


def product_id_of(attribute_id: str) -> str:
    """The product that has the attribute, if anything has it."""
    return _PRODUCT + attribute_id.removeprefix(_ATTRIBUTE).rpartition("_")[0]
