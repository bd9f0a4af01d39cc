"""What is sold: a product and its attributes, the priced components."""

from pydantic import AwareDatetime, Field

from functions.billing.models.entity import Entity, Metadata, Name, Value
from functions.billing.models.pricing import Pricing


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


class Product(Entity):
    """A product; orders copy the pricing of its active attributes when they are made."""

    name: Name
    description: str | None = None
    active: bool = True
    product_code: str | None = None
    archived_at: AwareDatetime | None = None
    metadata: Metadata | None = None
    attributes: tuple[ProductAttribute, ...] = ()
