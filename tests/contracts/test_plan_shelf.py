"""`PlanShelf`: a plan and its product are written together, by what both of them were."""

import pytest

from functions.billing.errors import ExternalIdExists, InvalidInput, NotFound
from functions.billing.models.plan import Plan, Variant
from functions.billing.models.product import Product
from tests.builders import make_plan_of, make_pricing, make_product, make_product_attribute
from tests.contracts.back_ends import BackEnd

PRODUCT = make_product(make_product_attribute())


@pytest.fixture(autouse=True)
def product(back_end: BackEnd, organization_id: str) -> None:
    back_end.products.insert(organization_id, PRODUCT)


def plan(plan_id: str = "plan_1", **fields: object) -> Plan:
    return make_plan_of(PRODUCT, make_pricing(), id=plan_id, **fields)


def put(back_end: BackEnd, organization_id: str, made: Plan) -> Variant:
    """The plan, and it is the default."""

    def change(product: Product, _: Plan | None) -> Variant:
        return Variant(product.model_copy(update={"default_plan_id": made.id}), made)

    return back_end.plans.save(organization_id, "prod_1", made.id, change)


def default(back_end: BackEnd, organization_id: str) -> str | None:
    return back_end.products.get(organization_id, "prod_1").default_plan_id


def test_a_new_plan_is_found_by_both_its_ids_and_by_its_product(back_end: BackEnd, organization_id: str) -> None:
    saved = put(back_end, organization_id, plan(external_id="starter"))

    assert saved.plan == back_end.plans.get(organization_id, "plan_1") == plan(external_id="starter")
    assert back_end.plans.resolve(organization_id, "starter") == "plan_1"
    assert default(back_end, organization_id) == "plan_1"
    owned = back_end.plans.page(organization_id, limit=9, offset=0, owner="prod_1")
    assert (owned.items, owned.total) == ([saved.plan], 1)
    assert back_end.plans.page(organization_id, limit=9, offset=0, owner="prod_2").total == 0
    assert back_end.plans.page(organization_id, limit=9, offset=0).total == 1


def test_a_change_is_given_what_is_stored(back_end: BackEnd, organization_id: str) -> None:
    put(back_end, organization_id, plan(external_id="starter"))
    seen: list[Plan | None] = []

    def change(product: Product, before: Plan | None) -> Variant:
        seen.append(before)
        return Variant(product, plan(name="Starter", external_id="small"))

    back_end.plans.save(organization_id, "prod_1", "plan_1", change)

    assert seen == [plan(external_id="starter")]
    assert back_end.plans.get(organization_id, "plan_1").name == "Starter"
    assert back_end.plans.resolve(organization_id, "small") == "plan_1"
    assert back_end.plans.resolve(organization_id, "starter") is None
    assert back_end.plans.page(organization_id, limit=9, offset=0).total == 1


def test_a_taken_external_id_is_refused_and_neither_is_written(back_end: BackEnd, organization_id: str) -> None:
    put(back_end, organization_id, plan(external_id="starter"))
    put(back_end, organization_id, plan("plan_2"))

    for made in (plan("plan_3", external_id="starter"), plan("plan_2", external_id="starter", name="Other")):
        with pytest.raises(ExternalIdExists):
            put(back_end, organization_id, made)

    assert default(back_end, organization_id) == "plan_2"
    assert [each.name for each in back_end.plans.page(organization_id, limit=9, offset=0).items] == [None, None]


def test_of_no_product_nothing_is_written(back_end: BackEnd, organization_id: str) -> None:
    with pytest.raises(NotFound, match="product prod_2"):
        back_end.plans.save(organization_id, "prod_2", "plan_1", lambda product, _: Variant(product, plan()))
    with pytest.raises(InvalidInput, match="prod_2"):
        back_end.plans.insert(organization_id, plan(product_id="prod_2"))

    assert back_end.plans.page(organization_id, limit=9, offset=0).total == 0


def test_what_a_change_raises_writes_nothing(back_end: BackEnd, organization_id: str) -> None:
    def refuse(_: Product, __: Plan | None) -> Variant:
        raise InvalidInput("no")

    with pytest.raises(InvalidInput, match="no"):
        back_end.plans.save(organization_id, "prod_1", "plan_1", refuse)

    assert default(back_end, organization_id) is None


@pytest.mark.parametrize("meanwhile", ["another plan becomes the default", "the plan is there", "the product changes"])
def test_a_change_that_was_outrun_is_made_of_what_is_there_then(
    back_end: BackEnd, organization_id: str, meanwhile: str
) -> None:
    seen: list[tuple[str, str | None, bool]] = []

    def outrun() -> None:
        match meanwhile:
            case "another plan becomes the default":
                put(back_end, organization_id, plan("plan_2"))
            case "the plan is there":
                put(back_end, organization_id, plan("plan_1", name="Theirs"))
            case _:
                back_end.products.modify(organization_id, "prod_1", lambda p: p.model_copy(update={"name": "Bot"}))

    def change(product: Product, before: Plan | None) -> Variant:
        seen.append((product.name, product.default_plan_id, before is not None))
        if len(seen) == 1:
            outrun()
        default_id = product.default_plan_id or "plan_1"
        return Variant(product.model_copy(update={"default_plan_id": default_id}), plan(name="Mine"))

    back_end.plans.save(organization_id, "prod_1", "plan_1", change)

    then = {
        "another plan becomes the default": ("AI SDR", "plan_2", False),
        "the plan is there": ("AI SDR", "plan_1", True),
        "the product changes": ("Bot", None, False),
    }[meanwhile]
    assert seen == [("AI SDR", None, False), then]
    assert back_end.products.get(organization_id, "prod_1").name == then[0]
    assert default(back_end, organization_id) == (then[1] or "plan_1")
    assert back_end.plans.get(organization_id, "plan_1").name == "Mine"
