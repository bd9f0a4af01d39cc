"""A plan is made, or changed, together with which plan of its product is the default."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.billing.errors import InvalidInput
from functions.billing.models.plan import Plan, PlanAttribute, PlanStatus, Variant, check_plan
from functions.billing.models.pricing import CreditBenefit, Pricing
from functions.billing.models.product import Product
from functions.billing.ports import Collection, PlanShelf

CurrenciesCheck = Callable[[str, Sequence[Pricing]], None]
"""Refuses an organization's prices in credits that it does not have: see `check_currencies`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributePrice:
    """What the plan sells a component of its product at; benefits None are those that the plan gave with it before."""

    product_attribute_id: str
    pricing: Pricing
    benefits: Sequence[CreditBenefit] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEdit:
    """What is said of a plan: `fields` by the model's names, and of the others None where nothing is said.

    Attributes that are given are all that the plan has from now on.
    """

    fields: Mapping[str, Any]
    attributes: Sequence[AttributePrice] | None = None
    status: PlanStatus | None = None
    is_default: bool | None = None


class SavePlan:
    """Each plan names components of its product, at prices in at least one currency that all of them have."""

    def __init__(self, *, shelf: PlanShelf, plans: Collection[Plan], check_currencies: CurrenciesCheck) -> None:
        self._shelf = shelf
        self._plans = plans
        self._check_currencies = check_currencies

    def create(self, organization_id: str, product_id: str, plan_id: str, edit: PlanEdit, *, now: datetime) -> Variant:
        """The new plan: the product's default if it says so.

        Raises:
            NotFound: there is no such product.
            InvalidInput: a component, a currency or a credit currency is not the product's, or not sold in.
            ExternalIdExists: another plan has the external id.
        """

        def change(product: Product, _: Plan | None) -> Variant:
            made = Plan(
                id=plan_id,
                product_id=product_id,
                created_at=now,
                updated_at=now,
                attributes=_attributes(edit.attributes or (), ()),
                **edit.fields,
            )
            return _checked(product, made, edit)

        return self._save(organization_id, product_id, plan_id, edit, change)

    def update(self, organization_id: str, plan_id: str, edit: PlanEdit, *, now: datetime) -> Variant:
        """The plan after the change. Raises as `create`, and NotFound for the plan."""
        product_id = self._plans.get(organization_id, plan_id).product_id

        def change(product: Product, plan: Plan | None) -> Variant:
            before = plan or self._plans.get(organization_id, plan_id)
            return _checked(product, _changed(before, edit, now=now), edit)

        return self._save(organization_id, product_id, plan_id, edit, change)

    def _save(
        self,
        organization_id: str,
        product_id: str,
        plan_id: str,
        edit: PlanEdit,
        change: Callable[[Product, Plan | None], Variant],
    ) -> Variant:
        given = _attributes(edit.attributes or (), ())
        self._check_currencies(organization_id, [each.pricing for each in given])
        return self._shelf.save(organization_id, product_id, plan_id, change)


def _changed(plan: Plan, edit: PlanEdit, *, now: datetime) -> Plan:
    update: dict[str, Any] = {**edit.fields, "updated_at": now}
    if edit.status is PlanStatus.ACTIVE:
        update["archived_at"] = None
    if edit.status is PlanStatus.ARCHIVED:
        update["archived_at"] = plan.archived_at or now
    if edit.attributes is not None:
        attributes = _attributes(edit.attributes, plan.attributes)
        version = plan.pricing_version + (attributes != plan.attributes)
        update |= {"attributes": attributes, "pricing_version": version}
    return plan.model_copy(update=update)


def _attributes(given: Sequence[AttributePrice], before: Sequence[PlanAttribute]) -> tuple[PlanAttribute, ...]:
    """Those that are given, with the credits that they came with before where nothing is said of them."""
    kept = {each.product_attribute_id: each.pricing.benefits for each in before}
    return tuple(
        PlanAttribute(
            product_attribute_id=each.product_attribute_id,
            pricing=each.pricing.model_copy(
                update={
                    "benefits": kept.get(each.product_attribute_id, ())
                    if each.benefits is None
                    else tuple(each.benefits)
                }
            ),
        )
        for each in given
    )


def _checked(product: Product, plan: Plan, edit: PlanEdit) -> Variant:
    """Both as they are to be stored. A default that is archived stays the default, and sells nothing meanwhile.

    Another in its place would sell at prices that nobody asked for.
    """
    check_plan(plan, product)
    if edit.is_default and plan.status is PlanStatus.ARCHIVED:
        raise InvalidInput(f"isDefault is true, but plan {plan.id} is archived: expected an active plan")
    default = product.default_plan_id
    if edit.is_default is False and default == plan.id:
        default = None
    if edit.is_default:
        default = plan.id
    return Variant(product.model_copy(update={"default_plan_id": default}), plan)
