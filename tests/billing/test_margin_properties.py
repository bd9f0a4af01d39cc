"""The laws of margins: days add up, products add up, and what is earned does not depend on how far it is billed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.billing.margin.statement import Margin, Statement
from functions.billing.models.cost import COST_EVENT, Cost, cost_key
from functions.billing.models.order import Order
from functions.billing.periods import Period, midnight
from functions.billing.usecases.read_margin import Asked, ReadMargin
from tests.billing.strategies import EVENTS, HORIZON, law, orders
from tests.fakes.cost_history import FakeCostHistory
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal

FIRST, LAST = date(2025, 1, 1), date(2026, 6, 1)
EVER = Period(date(2024, 1, 1), date(2026, 12, 31))

days = st.dates(FIRST, LAST)
sent = st.lists(st.tuples(st.sampled_from(EVENTS), days), max_size=8)
amounts = st.decimals(0, 1000, places=12)
spent = st.lists(
    st.tuples(amounts, days, st.sampled_from(("USD", "EUR")), st.sampled_from((None, "prod_1", "prod_2"))), max_size=8
)
Sent = list[tuple[str, date]]
SpentOn = list[tuple[Decimal, date, str, str | None]]


def a_shop(order: Order, early: Sent, late: Sent, costs: SpentOn, *, billed_until: date, auto_post: bool) -> Shop:
    """Some signals come before the last billing, some after it and perhaps late; posted or left as drafts."""
    shop = Shop()
    shop.sell(order.model_copy(update={"auto_post_invoices": auto_post}), on=midnight(FIRST))
    receive(shop, early, "early")
    shop.bill_until(billed_until)
    receive(shop, late, "late")
    spend(shop, costs)
    return shop


def receive(shop: Shop, signals: Sent, name: str) -> None:
    made = [
        make_signal(f"{name} {number}", event_name=event, occurred_at=midnight(day))
        for number, (event, day) in enumerate(signals)
    ]
    shop.append.append(LOG, delivered(made), now=midnight(FIRST))


def spend(shop: Shop, costs: SpentOn) -> None:
    made = [
        make_signal(
            cost_key(str(number)),
            event_name=COST_EVENT,
            occurred_at=midnight(day),
            data=Cost(amount, currency, vendor="openai").to_data(),
            product_id=product_id,
            external_product_id=None,
        )
        for number, (amount, day, currency, product_id) in enumerate(costs)
    ]
    shop.append.append(LOG, delivered(made), now=midnight(FIRST))


def asked(span: Period) -> Asked:
    return Asked(span, now=midnight(LAST), is_test=True)


def reader(shop: Shop) -> ReadMargin:
    return ReadMargin(
        orders=shop.orders,
        products=shop.products,
        schedules=shop.schedules,
        register=shop.register,
        costs=FakeCostHistory(shop.log),
        checkpoints=shop.checkpoints,
        gathering=replace(shop.gather, advance_ratings=shop.peek),
    )


def margins(shop: Shop, span: Period) -> list[Statement]:
    return reader(shop).of_customer(ORG, "cus_1", asked(span))


def sums(found: Sequence[Statement]) -> dict[str, tuple[Decimal, ...]]:
    """Of each currency that has any; what is nothing need not be said."""
    each = {one.currency: amounts_of(one.total) for one in found}
    return {currency: amounts for currency, amounts in each.items() if any(amounts)}


def amounts_of(margin: Margin) -> tuple[Decimal, ...]:
    return (margin.earned.invoiced, margin.earned.accrued, margin.spent.amount, Decimal(margin.spent.calls))


def added(*each: dict[str, tuple[Decimal, ...]]) -> dict[str, tuple[Decimal, ...]]:
    total: dict[str, tuple[Decimal, ...]] = {}
    for sums in each:
        for currency, amounts in sums.items():
            before = total.get(currency, (Decimal(0),) * len(amounts))
            total[currency] = tuple(one + other for one, other in zip(before, amounts, strict=True))
    return {currency: amounts for currency, amounts in total.items() if any(amounts)}


@settings(law, max_examples=60)
@given(orders(), sent, sent, spent, st.tuples(days, st.booleans()), st.lists(days, min_size=3, max_size=3, unique=True))
def test_adjoining_days_add_up_to_the_digit(
    order: Order,
    early: Sent,
    late: Sent,
    costs: SpentOn,
    billed: tuple[date, bool],
    edges: list[date],
) -> None:
    """`billed` until that day, and posted or left as drafts."""
    shop = a_shop(order, early, late, costs, billed_until=billed[0], auto_post=billed[1])
    first, middle, last = sorted(edges)

    parts = [sums(margins(shop, Period(first, middle))), sums(margins(shop, Period(middle, last)))]

    assert added(*parts) == sums(margins(shop, Period(first, last)))


@settings(law, max_examples=60)
@given(orders(), sent, sent, days, st.booleans())
def test_what_is_earned_does_not_depend_on_how_far_it_is_billed(
    order: Order,
    early: Sent,
    late: Sent,
    billed_until: date,
    auto_post: bool,  # noqa: FBT001
) -> None:
    """Accrued at first, in part or all of it; in the end all that was posted, or still a draft."""
    shop = a_shop(order, early, late, [], billed_until=billed_until, auto_post=auto_post)

    before = margins(shop, EVER)
    shop.bill_until(HORIZON)
    after = margins(shop, EVER)

    assert [each.total.earned.amount for each in before] == [each.total.earned.amount for each in after]
    assert auto_post or not any(each.total.earned.invoiced for each in after)


@settings(law, max_examples=60)
@given(orders(), sent, st.booleans())
def test_all_days_earn_what_the_invoices_say(order: Order, signals: Sent, auto_post: bool) -> None:  # noqa: FBT001
    shop = a_shop(order, signals, [], [], billed_until=HORIZON, auto_post=auto_post)
    assume(order.end_day is not None)

    found = margins(shop, Period(date(2024, 1, 1), date(2028, 1, 1)))

    invoiced = sum(invoice.subtotal_minor for invoice in shop.register.of(ORG))
    assert sum(each.total.earned.amount for each in found) == Decimal(invoiced).scaleb(-2)


@settings(law, max_examples=60)
@given(orders(), sent, spent, days)
def test_products_and_what_names_none_are_the_customer(
    order: Order, signals: Sent, costs: SpentOn, billed_until: date
) -> None:
    shop = a_shop(order, signals, [], costs, billed_until=billed_until, auto_post=True)

    whole = margins(shop, EVER)

    for statement in whole:
        of_products: Any = [amounts_of(margin) for margin in statement.products.values()]
        assert tuple(map(sum, zip(*of_products, strict=True))) == amounts_of(statement.total)
        by_model = [spent.amount for spent in statement.models.values()]
        assert sum(by_model) == statement.total.spent.amount
    of_product = reader(shop).of_product(ORG, "prod_1", asked(EVER))
    shares = {each.currency: each.products["prod_1"] for each in whole if "prod_1" in each.products}
    assert {each.currency: each.total for each in of_product} == shares
