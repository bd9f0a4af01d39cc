from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from functions.billing.errors import InvalidInput, NotFound
from functions.billing.models.plan import PlanStatus, Variant
from functions.billing.models.pricing import CreditBenefit, Pricing
from functions.billing.usecases.save_plan import AttributePrice, PlanEdit, SavePlan
from tests.builders import NOW, RECURRING, make_price, make_pricing, make_product_attribute
from tests.fakes.shop import ORG, Shop

LATER = NOW + timedelta(days=1)
FEE, DEARER = make_pricing(RECURRING, make_price(1)), make_pricing(RECURRING, make_price(2))
CREDITS = CreditBenefit(currency_id="cc_1", amount_micro=1)


class Planner:
    """Saves plans of `prod_1`, which has two components; no organization has the credit currency `cc_none`."""

    def __init__(self) -> None:
        self.shop = Shop()
        attributes = (make_product_attribute(), make_product_attribute(id="pa_1_2"))
        self.shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"attributes": attributes}))
        self._save = SavePlan(shelf=self.shop.plans, plans=self.shop.plans, check_currencies=self._check)

    def create(self, plan_id: str = "plan_1", *prices: AttributePrice, **said: Any) -> Variant:
        edit = PlanEdit(fields={}, attributes=prices or (price(),), **said)
        return self._save.create(ORG, "prod_1", plan_id, edit, now=NOW)

    def update(self, *prices: AttributePrice, plan_id: str = "plan_1", **said: Any) -> Variant:
        edit = PlanEdit(fields={}, attributes=prices or None, **said)
        return self._save.update(ORG, plan_id, edit, now=LATER)

    @property
    def default(self) -> str | None:
        return self.shop.products.get(ORG, "prod_1").default_plan_id

    def _check(self, organization_id: str, pricings: Sequence[Pricing]) -> None:
        del organization_id
        if any(benefit.currency_id == "cc_none" for pricing in pricings for benefit in pricing.benefits):
            raise InvalidInput("creditsCurrencyId is 'cc_none'")


def price(pricing: Pricing = FEE, **fields: Any) -> AttributePrice:
    return AttributePrice(**{"product_attribute_id": "pa_1_1", "pricing": pricing, **fields})


def test_each_replacement_of_the_prices_is_a_version_and_the_same_again_is_none() -> None:
    planner = Planner()
    planner.create()

    versions = [
        planner.update(*prices).plan.pricing_version for prices in ((price(DEARER),), (price(DEARER),), (), (price(),))
    ]

    assert versions == [2, 2, 2, 3]


def test_credits_that_are_not_said_are_those_of_the_same_component_before() -> None:
    planner = Planner()
    planner.create("plan_1", price(benefits=[CREDITS]))

    def benefits(*prices: AttributePrice) -> list[tuple[CreditBenefit, ...]]:
        return [each.pricing.benefits for each in planner.update(*prices).plan.attributes]

    assert benefits(price(DEARER), price(product_attribute_id="pa_1_2")) == [(CREDITS,), ()]
    assert benefits(price(benefits=[]), price(product_attribute_id="pa_1_2", benefits=[CREDITS])) == [(), (CREDITS,)]
    assert benefits(price(product_attribute_id="pa_1_2")) == [(CREDITS,)]
    assert benefits(price()) == [()], "the component was gone, and its credits with it"


def test_credits_in_a_currency_that_is_refused_change_nothing() -> None:
    planner = Planner()
    planner.create()
    unknown = price(benefits=[CreditBenefit(currency_id="cc_none", amount_micro=1)])

    with pytest.raises(InvalidInput, match="cc_none"):
        planner.update(unknown)
    with pytest.raises(InvalidInput, match="cc_none"):
        planner.create("plan_2", unknown)

    assert set(planner.shop.plans.stored) == {(ORG, "plan_1")}
    assert planner.update().plan.attributes[0].pricing == FEE


def test_a_plan_is_archived_since_it_was_first_and_no_more_when_it_is_restored() -> None:
    planner = Planner()
    planner.create()

    archived = [planner.update(status=PlanStatus.ARCHIVED).plan.archived_at for _ in range(2)]

    assert archived == [LATER, LATER]
    assert planner.update().plan.archived_at == LATER
    assert planner.update(status=PlanStatus.ACTIVE).plan.archived_at is None


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (None, None, None),
        (None, True, "plan_2"),
        (None, False, None),
        ("plan_1", None, "plan_1"),
        ("plan_1", True, "plan_2"),
        ("plan_1", False, "plan_1"),
    ],
)
def test_which_plan_is_the_default_when_another_is_made(before: str | None, said: Any, after: str | None) -> None:
    planner = Planner()
    planner.create(is_default=before is not None)

    made = planner.create("plan_2", is_default=said)

    assert (planner.default, made.is_default) == (after, after == "plan_2")


@pytest.mark.parametrize(
    ("plan_id", "said", "after"),
    [
        ("plan_1", None, "plan_1"),
        ("plan_1", True, "plan_1"),
        ("plan_1", False, None),
        ("plan_2", None, "plan_1"),
        ("plan_2", True, "plan_2"),
        ("plan_2", False, "plan_1"),
    ],
)
def test_which_plan_is_the_default_when_one_is_changed(plan_id: str, said: Any, after: str | None) -> None:
    planner = Planner()
    planner.create(is_default=True)
    planner.create("plan_2")

    planner.update(plan_id=plan_id, is_default=said)

    assert planner.default == after


def test_an_archived_plan_does_not_become_the_default_and_the_default_may_be_archived() -> None:
    planner = Planner()
    planner.create(is_default=True)
    planner.create("plan_2")

    planner.update(status=PlanStatus.ARCHIVED)
    with pytest.raises(InvalidInput, match="isDefault is true, but plan plan_2 is archived: expected an active plan"):
        planner.update(plan_id="plan_2", status=PlanStatus.ARCHIVED, is_default=True)

    assert planner.default == "plan_1"
    assert planner.shop.plans.get(ORG, "plan_2").archived_at is None


def test_a_plan_or_a_product_that_is_not_there_is_not_found() -> None:
    planner = Planner()

    with pytest.raises(NotFound, match="plan plan_1 was not found"):
        planner.update()
    with pytest.raises(NotFound, match="product prod_1 was not found"):
        SavePlan(shelf=planner.shop.plans, plans=planner.shop.plans, check_currencies=lambda _, __: None).create(
            "org_2", "prod_1", "plan_1", PlanEdit(fields={}, attributes=[price()]), now=NOW
        )
