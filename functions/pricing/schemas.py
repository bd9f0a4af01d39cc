"""Prices of single attributes on the wire (contract: PricingResponse)."""

from functions.billing.models.product import ProductAttribute
from functions.runtime.benefit_wire import CreditBenefitOut, CreditBenefits, benefits_out
from functions.runtime.fields import Id
from functions.runtime.pricing_in import PricingIn
from functions.runtime.pricing_wire import PricingOut, pricing_out
from functions.runtime.wire import Creation, Wire


class PricingQuery(Wire):
    product_id: Id


class UpdatePricing(Creation):
    pricing: PricingIn
    credit_benefits: CreditBenefits | None = None


class AttributePricingOut(Wire):
    product_attribute_id: str
    name: str
    pricing: PricingOut
    credit_benefits: list[CreditBenefitOut]


class AttributePricingsOut(Wire):
    """All prices of one product; the contract has no pages here."""

    data: list[AttributePricingOut]


def attribute_pricing_out(attribute: ProductAttribute) -> AttributePricingOut:
    return AttributePricingOut(
        product_attribute_id=attribute.id,
        name=attribute.name,
        pricing=pricing_out(attribute.pricing),
        credit_benefits=benefits_out(attribute.id, attribute.pricing),
    )
