"""Plans on the wire (contract: Plan)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from functions.billing.models.entity import ExternalId, Name
from functions.billing.models.plan import Plan, PlanAttribute, PlanStatus, Variant
from functions.billing.models.pricing import BillingFrequency
from functions.billing.models.product import Product, UpgradePath
from functions.billing.usecases.edit_product import MAX_ATTRIBUTES
from functions.billing.usecases.save_plan import AttributePrice, PlanEdit
from functions.runtime.benefit_wire import CreditBenefitOut, CreditBenefits, benefits_out
from functions.runtime.fields import AnyCaseCurrency, Flag, Id
from functions.runtime.pricing_in import PricingIn
from functions.runtime.pricing_wire import PricingOut, WireFrequency, pricing_out
from functions.runtime.wire import Creation, MomentOut, Paging, Wire, changes

_APART = {"product_id", "attributes", "status", "is_default"}
"""Of what is said of a plan, what is no field of its model."""

MAX_PLANS = 100


class PlanQuery(Paging):
    """The filters of the listing; archived plans are in it unless they are left out."""

    product_id: str | None = None
    external_product_id: str | None = None
    include_archived: bool = True

    def takes(self, plan: Plan) -> bool:
        return self.include_archived or plan.status is PlanStatus.ACTIVE


def _each_once(currencies: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(currencies)) < len(currencies):
        raise ValueError("expected each currency once")
    return currencies


def _none_for_empty(value: object) -> object:
    """A plan without price points is shown with an empty list, and may be sent back as it was shown."""
    return None if value == [] else value


Currencies = Annotated[tuple[AnyCaseCurrency, ...], Field(min_length=1, max_length=200), AfterValidator(_each_once)]
AsShown = Annotated[Currencies | None, BeforeValidator(_none_for_empty)]


class PlanAttributeIn(Creation):
    product_attribute_id: Id
    pricing: PricingIn
    credit_benefits: CreditBenefits | None = None

    def price(self) -> AttributePrice:
        benefits = None if self.credit_benefits is None else tuple(each.entity() for each in self.credit_benefits)
        return AttributePrice(
            product_attribute_id=self.product_attribute_id, pricing=self.pricing.entity(), benefits=benefits
        )


Attributes = Annotated[list[PlanAttributeIn], Field(min_length=1, max_length=MAX_ATTRIBUTES)]


class CreatePlan(Creation):
    """Without `supportedCurrencies`, or with none of them, it is sold in all that its attributes are priced in."""

    product_id: Id
    name: Name | None = None
    external_id: ExternalId | None = None
    supported_currencies: AsShown = None
    is_default: Flag | None = None
    attributes: Attributes

    def edit(self) -> PlanEdit:
        return PlanEdit(
            fields=_fields(self), attributes=[each.price() for each in self.attributes], is_default=self.is_default
        )


class UpdatePlan(Wire):
    """Absent fields stay as they are, and those that cannot be empty where they are null.

    Attributes that are given replace all there were; null for `supportedCurrencies`, or an empty list, stands for all
    that are priced in.
    """

    name: Name | None = None
    external_id: ExternalId | None = None
    supported_currencies: AsShown = None
    is_default: Flag | None = None
    status: PlanStatus | None = None
    attributes: Attributes | None = None

    def edit(self) -> PlanEdit:
        return PlanEdit(
            fields=_fields(self),
            attributes=None if self.attributes is None else [each.price() for each in self.attributes],
            status=self.status,
            is_default=self.is_default,
        )


def _fields(body: Wire) -> dict[str, Any]:
    given = {name: value for name, value in changes(body).items() if name not in _APART}
    if "supported_currencies" in given:
        given["currencies"] = given.pop("supported_currencies")
    return given


def _frequency(value: object) -> object:
    """In either of the casings that the contract has for frequencies."""
    if not isinstance(value, str):
        return value
    by_name = {each.value: BillingFrequency[each.name].value for each in WireFrequency}
    return by_name.get(value, value)


class UpgradePathGroup(Creation):
    """Plans of one billing frequency, or of whichever, in the order in which customers move up."""

    frequency: Annotated[BillingFrequency, BeforeValidator(_frequency)] | None = None
    plan_ids: Annotated[tuple[Id, ...], Field(max_length=MAX_PLANS)]

    def path(self) -> UpgradePath:
        return UpgradePath(frequency=self.frequency, plan_ids=self.plan_ids)


class UpdateUpgradePath(Creation):
    product_id: Id
    groups: Annotated[list[UpgradePathGroup], Field(max_length=len(BillingFrequency) + 1)]


class PlanAttributeOut(Wire):
    product_attribute_id: str
    name: str
    active: bool
    pricing: PricingOut
    credit_benefits: list[CreditBenefitOut]


class PlanOut(Wire):
    """`upgradePathOrder` is the plan's place on the upgrade path, from 0 on."""

    id: str
    product_id: str
    name: str | None
    external_id: str | None
    supported_currencies: tuple[str, ...]
    is_default: bool
    status: PlanStatus
    upgrade_path_order: int | None
    archived_at: MomentOut | None
    created_at: MomentOut
    updated_at: MomentOut
    attributes: list[PlanAttributeOut]


class PlansOut(Wire):
    """Those that were put in order; the contract has no pages here."""

    data: list[PlanOut]


def plan_out(variant: Variant) -> PlanOut:
    plan, product = variant.plan, variant.product
    return PlanOut(
        id=plan.id,
        product_id=plan.product_id,
        name=plan.name,
        external_id=plan.external_id,
        supported_currencies=plan.supported_currencies,
        is_default=variant.is_default,
        status=plan.status,
        upgrade_path_order=variant.upgrade_path_order,
        archived_at=plan.archived_at,
        created_at=plan.created_at,
        updated_at=plan.updated_at,
        attributes=[_attribute_out(plan, product, each) for each in plan.attributes],
    )


def plans_out(plans: list[Plan], products: Mapping[str, Product]) -> list[PlanOut]:
    return [plan_out(Variant(products[plan.product_id], plan)) for plan in plans]


def _attribute_out(plan: Plan, product: Product, sold: PlanAttribute) -> PlanAttributeOut:
    named = product.attribute(sold.product_attribute_id)
    return PlanAttributeOut(
        product_attribute_id=named.id,
        name=named.name,
        active=named.active,
        pricing=pricing_out(sold.pricing),
        credit_benefits=benefits_out(f"{plan.id} {named.id}", sold.pricing),
    )
