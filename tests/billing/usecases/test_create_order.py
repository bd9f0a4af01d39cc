from collections.abc import Sequence
from datetime import date

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.models.plan import Plan
from functions.billing.models.pricing import PricingModel
from functions.billing.models.tiers import Tier
from functions.billing.periods import midnight
from functions.billing.usecases.create_order import CreateOrder, NewAttribute, NewLine, PlansOf
from tests.builders import (
    NOW,
    RECURRING,
    SEATS,
    make_order,
    make_plan_of,
    make_price,
    make_pricing,
    make_product,
    make_product_attribute,
    moment,
)
from tests.fakes.shop import ORG, Shop

TERMS_END = date(2025, 9, 1)


def create(shop: Shop, draft: Order, *lines: NewLine, state: CreationState = CreationState.DRAFT) -> Order:
    return creating(shop, plans=shop.plans.get_many)(ORG, lambda _: draft, lines, state=state)


def creating(shop: Shop, *, plans: PlansOf) -> CreateOrder:
    return CreateOrder(
        orders=shop.orders,
        customers=shop.customers,
        products=shop.products,
        plans=plans,
        check_parties=lambda _, __: None,
        check_currencies=lambda _, __: None,
        book=shop.book,
        next_number=lambda _: 1,
    )


def selling(*attributes: object) -> Shop:
    shop = Shop()
    shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"attributes": attributes}))
    return shop


def new_line(*attributes: NewAttribute, end: date | None = None) -> NewLine:
    return NewLine(product_id="prod_1", attributes=attributes or None, end_date=None if end is None else moment(end))


# ---- terms


def test_terms_end_an_order_that_many_months_after_its_start() -> None:
    order = create(Shop(), make_order(subscription_terms=3))

    assert order.end_day == TERMS_END
    assert order.model_copy(update={"lines": ()}) == order


def test_an_end_that_is_given_stands_against_the_terms() -> None:
    assert create(Shop(), make_order(subscription_terms=3, end=date(2025, 7, 1))).end_day == date(2025, 7, 1)


def test_without_terms_an_order_has_no_end() -> None:
    assert create(Shop(), make_order()).end_date is None


@pytest.mark.parametrize(("end", "is_refused"), [(date(2025, 9, 1), False), (date(2025, 9, 2), True)])
def test_a_line_ends_within_the_terms_of_its_order(end: date, *, is_refused: bool) -> None:
    shop, line = selling(make_product_attribute()), new_line(end=end)
    draft = make_order(subscription_terms=3)

    if not is_refused:
        assert create(shop, draft, line).lines[0].end_date == midnight(end)
        return
    with pytest.raises(InvalidInput, match="expected no moment after the order's 2025-09-01"):
        create(shop, draft, line)


# ---- prices


def prices_of(order: Order) -> Sequence[int]:
    return [attribute.pricing.price_in("USD").unit_price_minor for _, attribute in order.attributes()]


def test_a_line_copies_the_newest_price_of_each_active_attribute() -> None:
    dearer = make_product_attribute(make_pricing(RECURRING, make_price(1)), make_pricing(RECURRING, make_price(2)))
    gone = make_product_attribute(id="pa_1_2", active=False)

    order = create(selling(dearer, gone), make_order(), new_line())

    assert prices_of(order) == [2]
    assert [attribute.pricing_version for _, attribute in order.attributes()] == [2]


@pytest.mark.parametrize(("least", "given", "seats"), [(0, None, 1), (3, None, 3), (3, 0, 0), (3, 5, 5)])
def test_of_seats_there_are_as_many_as_are_billed_at_least_with_tiers_too(
    least: int, given: int | None, seats: int
) -> None:
    tiers = (Tier(up_to=5, unit_minor=10), Tier(unit_minor=8))
    pricing = make_pricing(SEATS, make_price(min_quantity=least, tiers=tiers), model=PricingModel.VOLUME)

    order = create(Shop(), make_order(), new_line(NewAttribute(name="Seats", quantity=given, pricing=pricing)))

    assert [attribute.quantity for _, attribute in order.attributes()] == [seats]


def test_an_order_has_five_thousand_tiers_in_its_currency_at_most() -> None:
    """More would be accepted as an order, and make an invoice that fits into no item."""
    tiers = (*[Tier(up_to=number, unit_minor=1) for number in range(1, 100)], Tier(unit_minor=1))
    prices = [make_price(currency=currency, tiers=tiers) for currency in ("USD", "EUR")]
    tiered = NewAttribute(name="Fee", pricing=make_pricing(RECURRING, *prices, model=PricingModel.GRADUATED))
    plain = NewAttribute(name="Fee", pricing=make_pricing(RECURRING))

    create(Shop(), make_order(), new_line(*[tiered] * 50, *[plain] * 450))
    with pytest.raises(InvalidInput, match="lines have 5100 tiers in USD, expected at most 5000 on one order"):
        create(Shop(), make_order(), new_line(*[tiered] * 51))


def test_an_order_that_shall_be_active_has_tiers_in_its_currency() -> None:
    tiered = make_pricing(
        RECURRING, make_price(currency="EUR", tiers=(Tier(unit_minor=1),)), model=PricingModel.GRADUATED
    )
    shop, line = Shop(), new_line(NewAttribute(name="Fee", pricing=tiered))

    create(shop, make_order(), line)
    with pytest.raises(InvalidInput, match=r"attribute 'Fee': the order's currency is USD, .* price point in: EUR"):
        create(shop, make_order(id="ord_2"), line, state=CreationState.ACTIVE)


# ---- plans


def planning(*plans: Plan, default: str | None = None) -> Shop:
    """A shop whose product has one component at 1, and these plans of it."""
    shop = selling(make_product_attribute(make_pricing(RECURRING, make_price(1))))
    shop.products.modify(ORG, "prod_1", lambda product: product.model_copy(update={"default_plan_id": default}))
    for plan in plans:
        shop.plans.insert(ORG, plan)
    return shop


def plan_at(unit_price_minor: int, **fields: object) -> Plan:
    return make_plan_of(
        make_product(make_product_attribute()), make_pricing(RECURRING, make_price(unit_price_minor)), **fields
    )


def test_a_line_copies_the_prices_of_the_plan_that_it_names_else_of_the_default() -> None:
    shop = planning(plan_at(2, pricing_version=5), plan_at(3, id="plan_2"), default="plan_1")
    by_name = NewLine(product_id="prod_1", plan_id="plan_2")

    order = create(shop, make_order(), by_name, new_line(), new_line(NewAttribute(name="Platform fee")))

    assert prices_of(order) == [3, 2, 2]
    assert [line.plan_id for line in order.lines] == ["plan_2", "plan_1", "plan_1"]
    assert [attribute.pricing_version for _, attribute in order.attributes()] == [1, 5, 5]


def test_a_line_that_brings_all_its_prices_is_sold_from_no_plan() -> None:
    brought = NewAttribute(name="Platform fee", pricing=make_pricing(RECURRING, make_price(7)))
    shop = planning(plan_at(2, archived_at=NOW), default="plan_1")

    order = create(shop, make_order(), new_line(brought))

    assert (prices_of(order), order.lines[0].plan_id) == ([7], None)
    with pytest.raises(InvalidInput, match="whose default plan is 'plan_1', which is archived"):
        create(shop, make_order(id="ord_2"), new_line(brought, NewAttribute(name="Platform fee")))


def test_plans_are_read_only_where_a_line_is_sold_from_one() -> None:
    shop = planning(plan_at(2))
    asked: list[Sequence[str]] = []

    def plans(_: str, plan_ids: Sequence[str]) -> dict[str, Plan]:
        asked.append(plan_ids)
        return shop.plans.get_many(ORG, plan_ids)

    creation = creating(shop, plans=plans)
    creation(ORG, lambda _: make_order(), [new_line()], state=CreationState.DRAFT)
    assert asked == []

    lines = [NewLine(product_id="prod_1", plan_id="plan_1")] * 3
    creation(ORG, lambda _: make_order(id="ord_2"), lines, state=CreationState.DRAFT)
    assert asked == [["plan_1"]]
