"""What is asked of an order, on the wire (contract: Amendment)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from functions.billing.errors import InvalidInput, shown
from functions.billing.models.amendment import (
    AddFromCatalog,
    AddNew,
    Asked,
    EndAttribute,
    Treatment,
    UpdateLineTerm,
    UpdateOrderTerm,
    UpdatePricing,
    UpdateQuantity,
)
from functions.billing.models.entity import Name
from functions.billing.models.order import FirstPart
from functions.billing.models.pricing import BillingFrequency, BillingTiming, Pricing
from functions.billing.usecases.amend_order import Wanted
from functions.runtime.benefit_wire import CreditBenefitIn
from functions.runtime.fields import AnyCaseCurrency, Id, Whole, WholeNumber
from functions.runtime.pricing_in import PricingIn
from functions.runtime.pricing_wire import MEANINGS, WireFrequency, WireModel, WireTiming
from functions.runtime.wire import Creation, Moment

MAX_INTENTS = 100

_Quantity = Annotated[Whole, Field(ge=0, le=10**9)]


_TYPES = {f"{charge.value} {WireModel[model.name]}".lower(): name.value for name, (charge, model) in MEANINGS.items()}
"""By charge type and model, as a product's answer tells both, or an order's own price, whose casing is another."""

_WORDS: dict[str, dict[str, str]] = {
    "billingFrequency": {BillingFrequency[each.name].value: each.value for each in WireFrequency},
    "billingType": {BillingTiming[each.name].value: each.value for each in WireTiming},
}
"""Those of an order's own price, as products have them."""


def _with_type(pricing: object) -> object:
    """A pricing says its type, or what that stands for; an order's own price is read as a product's."""
    if not isinstance(pricing, dict):
        return pricing
    said = {**pricing}
    for name, words in _WORDS.items():
        if isinstance(said.get(name), str):
            said[name] = words.get(said[name], said[name])
    points = said.get("pricePoints")
    if isinstance(points, dict) and "unitPrice" in points:
        said["pricePoints"] = [points]
    named = _TYPES.get(f"{said.get('chargeType')} {said.get('pricingModel')}".lower())
    return said if named is None else {"pricingType": named, **said}


class RawPricingIn(PricingIn):
    """A pricing of the order's own, with the credits that come with it; None leaves those that are."""

    credit_benefits: Annotated[list[CreditBenefitIn], Field(max_length=50)] | None = None

    def pricing(self, before: Pricing | None = None) -> Pricing:
        kept = () if before is None else before.benefits
        given = None if self.credit_benefits is None else tuple(each.entity() for each in self.credit_benefits)
        return self.entity().model_copy(update={"benefits": kept if given is None else given})


RawPricing = Annotated[RawPricingIn, BeforeValidator(_with_type, json_schema_input_type=dict[str, Any])]


class UpdateQuantityIn(Creation):
    type: Literal["updateQuantity"]
    order_line_attribute_id: Id
    new_quantity: _Quantity
    treatment: Treatment | None = None

    def asked(self) -> Asked:
        return UpdateQuantity(
            attribute_id=self.order_line_attribute_id, quantity=self.new_quantity, treatment=self.treatment
        )


class UpdatePricingIn(Creation):
    type: Literal["updatePricing"]
    order_line_attribute_id: Id
    new_unit_price_minor: WholeNumber | None = None
    new_pricing: RawPricing | None = None
    new_quantity: _Quantity | None = None
    treatment: Treatment | None = None

    def asked(self) -> Asked:
        new = self.new_pricing
        return UpdatePricing(
            attribute_id=self.order_line_attribute_id,
            unit_price_minor=self.new_unit_price_minor,
            pricing=None if new is None else new.pricing(),
            keeps_benefits=new is not None and new.credit_benefits is None,
            quantity=self.new_quantity,
            treatment=self.treatment,
        )


class EndAttributeIn(Creation):
    type: Literal["endAttribute"]
    order_line_attribute_id: Id
    treatment: Treatment | None = None

    def asked(self) -> Asked:
        return EndAttribute(attribute_id=self.order_line_attribute_id, treatment=self.treatment)


class AddFromCatalogIn(Creation):
    type: Literal["addFromCatalog"]
    product_attribute_id: Id
    quantity: _Quantity | None = None
    unit_price_minor: WholeNumber | None = None
    charge_stub: FirstPart | None = None

    def asked(self) -> Asked:
        return AddFromCatalog(
            product_attribute_id=self.product_attribute_id,
            quantity=self.quantity,
            unit_price_minor=self.unit_price_minor,
            first_part=self.charge_stub,
        )


class AddAttributeIn(Creation):
    type: Literal["addAttribute"]
    product_id: Id
    plan_product_id: Id | None = None
    product_attribute_id: Id | None = None
    line_name: Name
    pricing: RawPricing
    quantity: _Quantity
    currency: AnyCaseCurrency | None = None
    charge_stub: FirstPart | None = None
    credit_grant: Literal["full"] = "full"
    treatment: Treatment | None = None

    def asked(self) -> Asked:
        if self.plan_product_id is not None:
            raise InvalidInput(
                f"planProductId is {self.plan_product_id!r}, expected none: give as pricing what GET /plans/{{id}} "
                "shows of the plan's attribute, with its creditBenefits"
            )
        return AddNew(
            product_id=self.product_id,
            product_attribute_id=self.product_attribute_id,
            line_name=self.line_name,
            pricing=self.pricing.pricing(),
            quantity=self.quantity,
            currency=self.currency,
            first_part=self.charge_stub,
            treatment=self.treatment,
        )


class UpdateLineTermIn(Creation):
    type: Literal["updateLineTerm"]
    order_line_id: Id
    new_end_date: Moment
    treatment: Treatment | None = None

    def asked(self) -> Asked:
        return UpdateLineTerm(line_id=self.order_line_id, new_end=self.new_end_date, treatment=self.treatment)


class UpdateOrderTermIn(Creation):
    type: Literal["updateOrderTerm"]
    new_end_date: Moment
    extend_line_ids: Annotated[list[Id], Field(max_length=500)] | None = None
    treatment: Treatment | None = None

    def asked(self) -> Asked:
        extend = None if self.extend_line_ids is None else tuple(self.extend_line_ids)
        return UpdateOrderTerm(new_end=self.new_end_date, extend_line_ids=extend, treatment=self.treatment)


_Intent = Annotated[
    UpdateQuantityIn
    | UpdatePricingIn
    | EndAttributeIn
    | AddFromCatalogIn
    | AddAttributeIn
    | UpdateLineTermIn
    | UpdateOrderTermIn,
    Field(discriminator="type"),
]


_INTENT_TYPES = (
    "updateQuantity",
    "updatePricing",
    "endAttribute",
    "addFromCatalog",
    "addAttribute",
    "updateLineTerm",
    "updateOrderTerm",
)


def _of_a_type(intent: object) -> object:
    if not isinstance(intent, dict) or intent.get("type") in _INTENT_TYPES:
        return intent
    said = f"is {shown(str(intent['type']))!r}" if "type" in intent else "is missing"
    raise ValueError(f"type {said}, expected one of {', '.join(_INTENT_TYPES)}")


IntentIn = Annotated[_Intent, BeforeValidator(_of_a_type)]


def _asked(intent: IntentIn, index: int) -> Asked:
    try:
        return intent.asked()
    except InvalidInput as error:
        error.more = {"intentIndex": index}
        raise


class PreviewAmendment(Creation):
    """`defaultTreatment` is for intents that name none, as far as it fits what they change."""

    order_version: Annotated[Whole, Field(ge=1)]
    intents: Annotated[list[IntentIn], Field(min_length=1, max_length=MAX_INTENTS)]
    default_treatment: Treatment | None = None

    def wanted(self) -> Wanted:
        return Wanted(
            order_version=self.order_version,
            intents=[_asked(intent, index) for index, intent in enumerate(self.intents)],
            default=self.default_treatment,
        )


class ExecuteAmendment(PreviewAmendment):
    """With `planHash`, that of a preview, nothing is done unless it still comes to the same."""

    plan_hash: Annotated[str, StringConstraints(max_length=255)] | None = None
