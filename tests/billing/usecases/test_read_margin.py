"""What a margin, a signal's cost and a listing of calls refuse to read: too much for one call, never a timeout."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.billing.errors import InvalidInput
from functions.billing.later_prices import LaterPrices
from functions.billing.margin.calls import calls_in
from functions.billing.margin.effort import MOST_STEPS
from functions.billing.margin.statement import Earned
from functions.billing.models.cost import COST_EVENT, Cost, reprice_key
from functions.billing.models.pricing import BillingFrequency
from functions.billing.periods import Period, midnight
from functions.billing.ports import LogTooLongError
from functions.billing.usecases.list_calls import CallFilter, ListCalls
from functions.billing.usecases.read_margin import MAX_ORDERS, Asked, ReadMargin
from functions.billing.usecases.read_signal_cost import ReadSignalCost
from tests.builders import NOW, USAGE, make_attribute, make_order, make_pricing
from tests.fakes.cost_history import FakeCostHistory
from tests.fakes.shop import LOG, ORG, Shop, delivered, make_signal

JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))
PAID = {"trace_id": "t", "enable_cost_tracing": True}


def asked(*, is_test: bool = True) -> Asked:
    return Asked(JUNE, now=NOW, is_test=is_test)


def reader(shop: Shop, *, most: int = 100, steps: int = MOST_STEPS) -> ReadMargin:
    return ReadMargin(
        orders=shop.orders,
        products=shop.products,
        schedules=shop.schedules,
        register=shop.register,
        costs=FakeCostHistory(shop.log, most=most),
        checkpoints=shop.checkpoints,
        gathering=replace(shop.gather, advance_ratings=shop.peek),
        most_steps=steps,
    )


def spend(shop: Shop, *, times: int, at: datetime = NOW) -> None:
    """Each in a segment of its own, all of one trace."""
    for number in range(times):
        data = {**Cost(Decimal(1), "USD").to_data(), "paid": {"trace_id": "t"}}
        named: Any = {"event_name": COST_EVENT, "external_product_id": None, "occurred_at": at}
        cost = make_signal(f"cost {number} {at}", data=data, **named)
        shop.append.append(LOG, delivered([cost]), now=at)


def order_more(shop: Shop, count: int) -> None:
    for number in range(count):
        shop.orders.insert(ORG, make_order(make_attribute(), id=f"ord_{number}"))


@pytest.mark.parametrize("is_test", [True, False])
def test_a_margin_reads_as_much_as_one_call_can_and_no_more(*, is_test: bool) -> None:
    shop = Shop()
    spend(shop, times=3)

    (statement,) = reader(shop, most=3).of_customer(ORG, "cus_1", asked(is_test=is_test))
    with pytest.raises(InvalidInput) as refused:
        reader(shop, most=2).of_customer(ORG, "cus_1", asked(is_test=is_test))

    assert statement.total.spent.calls == 3
    assert refused.value.code == "TOO_MUCH_TO_READ"
    assert refused.value.sentence == (
        "from is 2025-06-01 and to is 2025-07-01, expected fewer days, or a later from: more was logged since, or cost "
        "in these days, than one call can read"
    )


def test_a_month_that_had_an_answer_has_one_however_much_is_logged_later() -> None:
    """Three costs of June are as many as may be read; three of August come after."""
    shop = Shop()
    spend(shop, times=3)
    before = reader(shop, most=3).of_customer(ORG, "cus_1", asked(is_test=False))

    spend(shop, times=3, at=datetime(2025, 8, 5, tzinfo=UTC))

    assert reader(shop, most=3).of_customer(ORG, "cus_1", asked(is_test=False)) == before
    assert before[0].total.spent.calls == 3


def test_a_product_reads_no_more_than_that_either() -> None:
    shop = Shop()
    spend(shop, times=2)

    assert reader(shop, most=1).of_product(ORG, "prod_1", asked()) == []  # none of them names it
    cost = make_signal("more", event_name=COST_EVENT, data=Cost(Decimal(1), "USD").to_data())
    for number in range(2):
        shop.append.append(LOG, delivered([cost.model_copy(update={"idempotency_key": str(number)})]), now=NOW)
    with pytest.raises(InvalidInput, match="from is 2025-06-01 and to is 2025-07-01, expected fewer days"):
        reader(shop, most=1).of_product(ORG, "prod_1", asked())


def test_the_invoices_to_come_are_made_of_so_many_orders_at_the_most() -> None:
    shop = Shop()
    order_more(shop, MAX_ORDERS)

    assert reader(shop).of_customer(ORG, "cus_1", asked()) == []
    assert reader(shop).of_product(ORG, "prod_1", asked()) == []
    shop.orders.insert(ORG, make_order(make_attribute(), id="ord_more"))
    with pytest.raises(InvalidInput, match=f"customer cus_1 has more than {MAX_ORDERS} orders"):
        reader(shop).of_customer(ORG, "cus_1", asked())
    with pytest.raises(InvalidInput, match=f"product prod_1 is on more than {MAX_ORDERS} orders"):
        reader(shop).of_product(ORG, "prod_1", asked())


def test_orders_are_worked_on_by_their_components_and_not_without_end() -> None:
    """Two at 1.00. June is on the invoices of 1 June and 1 July: twice 2 components at 7 steps are 28."""
    shop = Shop()
    shop.sell(make_order(*(make_attribute(id=f"ola_{number}") for number in range(2))))

    (statement,) = reader(shop, steps=28).of_customer(ORG, "cus_1", asked())
    with pytest.raises(InvalidInput) as refused:
        reader(shop, steps=27).of_customer(ORG, "cus_1", asked())

    assert statement.total.earned.accrued == 2
    assert refused.value.code == "TOO_MUCH_TO_READ"
    assert refused.value.sentence == (
        "from is 2025-06-01 and to is 2025-07-01, expected fewer days, or a later from: the orders of customer cus_1 "
        "have more components, on the days on which they are billed, than one call can work on"
    )
    assert reader(shop, steps=30).of_product(ORG, "prod_1", asked())  # 2 more, to look whether it sells the product
    with pytest.raises(InvalidInput, match="or a later from, or the margins of customers: the orders have"):
        reader(shop, steps=29).of_product(ORG, "prod_1", asked())


def test_a_product_on_130_annual_orders_has_a_margin() -> None:
    """Each was billed on 10 June for the third time; some 3,000 invoices there might be. Of 1.00 a day is 1 / 365."""
    shop = Shop()
    annual = make_pricing(frequency=BillingFrequency.ANNUAL)
    for number in range(130):
        attribute = make_attribute(annual, id=f"ola_{number}")
        shop.sell(make_order(attribute, id=f"ord_{number}", start=date(2023, 6, 10)), on=midnight(date(2023, 6, 10)))
        shop.bill_until(date(2025, 6, 14), f"ord_{number}")
    day = Asked(Period(date(2025, 6, 14), date(2025, 6, 15)), now=midnight(date(2025, 6, 15)), is_test=True)

    (statement,) = reader(shop).of_product(ORG, "prod_1", day)

    assert statement.total.earned.amount == 130 * (Decimal("0.013698630137") - Decimal("0.010958904110"))


def test_invoices_that_are_found_are_bounded_and_named() -> None:
    """Of 40 orders by the month since March 2018, 87 invoices of 1.00 each, 3,480 are found until June 2025."""
    shop = Shop()
    start = date(2018, 3, 1)
    for number in range(40):
        order = make_order(make_attribute(id=f"ola_{number}"), id=f"ord_{number}", start=start)
        shop.sell(order, on=midnight(start))
        shop.bill_until(date(2025, 5, 1), f"ord_{number}")
    whole = Asked(Period(start, date(2025, 6, 1)), now=NOW, is_test=True)

    with pytest.raises(InvalidInput, match="from is 2018-03-01, expected a later day: there are more than 3000 invoic"):
        reader(shop).of_customer(ORG, "cus_1", whole)
    since = replace(whole, span=Period(date(2019, 6, 1), date(2025, 6, 1)))
    assert reader(shop).of_customer(ORG, "cus_1", since)[0].total.earned.amount == 40 * 72


def test_a_signals_cost_reads_no_more_than_that() -> None:
    shop = Shop()
    shop.append.append(LOG, delivered([make_signal(data={"paid": PAID})]), now=NOW)
    spend(shop, times=3)
    (segment, *_) = shop.log.segments[LOG]

    def read(most: int) -> ReadSignalCost:
        costs = FakeCostHistory(shop.log, most=most)
        return ReadSignalCost(
            log=shop.log, keys=lambda: shop.log, orders=shop.orders, costs=costs, rated=shop.peek.with_plan
        )

    assert len(read(4)(ORG, segment.signal_id(0)).calls) == 3
    with pytest.raises(InvalidInput, match="its customer's log has more within 1 hour of it than one call can read"):
        read(2)(ORG, segment.signal_id(0))


def test_an_old_signal_can_be_read_whatever_was_logged_since_also_where_a_call_had_no_price() -> None:
    """One cost near it, two segments readable at most; three costs of months later, and the price of the first."""
    shop = Shop()
    shop.append.append(LOG, delivered([make_signal(data={"paid": PAID})]), now=NOW)
    unpriced = {**Cost(Decimal(0), "USD", is_unpriced=True).to_data(), "paid": {"trace_id": "t"}}
    named: Any = {"event_name": COST_EVENT, "external_product_id": None}
    shop.append.append(LOG, delivered([make_signal("c", data=unpriced, **named)]), now=NOW)
    signal_id, cost_id = (segment.signal_id(0) for segment in shop.log.segments[LOG])
    costs = FakeCostHistory(shop.log, most=2)
    read = ReadSignalCost(
        log=shop.log, keys=lambda: shop.log, orders=shop.orders, costs=costs, rated=shop.peek.with_plan
    )
    (before,) = read(ORG, signal_id).calls

    spend(shop, times=3, at=NOW + timedelta(days=90))
    (still,) = read(ORG, signal_id).calls
    price = {**Cost(Decimal("0.25"), "EUR").to_data(), "prices": cost_id}
    made = make_signal(reprice_key(cost_id), data=price, **named)
    shop.append.append(LOG, delivered([make_signal("x", data=price, **named), made]), now=NOW + timedelta(days=91))
    (after,) = read(ORG, signal_id).calls

    assert before == still
    assert (before.cost.is_unpriced, after.cost.is_unpriced) == (True, False)
    assert (after.cost.amount, after.cost.currency, after.position) == (Decimal("0.25"), "EUR", before.position)


def test_prices_are_read_from_so_many_segments_at_the_most() -> None:
    shop = Shop()
    named: Any = {"event_name": COST_EVENT, "external_product_id": None}
    unpriced = Cost(Decimal(0), "USD", is_unpriced=True).to_data()
    for number in range(2):
        shop.append.append(LOG, delivered([make_signal(str(number), data=dict(unpriced), **named)]), now=NOW)
    calls = [call for segment in shop.log.segments[LOG] for call in calls_in(segment)]
    for call in calls:
        price = {**Cost(Decimal(1), "USD").to_data(), "prices": call.position.signal_id}
        made = make_signal(reprice_key(call.position.signal_id), data=price, **named)
        shop.append.append(LOG, delivered([made]), now=NOW)

    assert [each.cost.amount for each in map(LaterPrices(lambda: shop.log, most=2), calls)] == [1, 1]
    with pytest.raises(LogTooLongError):
        list(map(LaterPrices(lambda: shop.log, most=1), calls))


def test_what_is_appended_later_is_never_first_also_by_a_slow_clock() -> None:
    """The worker that appends segment 3 has a clock that is 0.1 s behind that of segment 1."""
    shop = Shop()
    shop.append.append(LOG, delivered([make_signal("a", data={"paid": PAID})]), now=NOW)
    spend(shop, times=1)
    read = ReadSignalCost(
        log=shop.log,
        keys=lambda: shop.log,
        orders=shop.orders,
        costs=FakeCostHistory(shop.log),
        rated=shop.peek.with_plan,
    )
    signal_id = shop.log.segments[LOG][0].signal_id(0)
    before = read(ORG, signal_id).calls

    slow = NOW - timedelta(seconds=0.1)
    shop.append.append(LOG, delivered([make_signal("b", data={"paid": PAID})]), now=slow)

    assert len(before) == 1
    assert read(ORG, signal_id).calls == before
    assert read(ORG, shop.log.segments[LOG][2].signal_id(0)).calls == []


def test_a_listing_goes_no_further_than_its_page() -> None:
    """Of three calls the first two are shown by who may read three: it has to know that there is another."""
    shop = Shop()
    spend(shop, times=5)
    listing = ListCalls(costs=FakeCostHistory(shop.log, most=3))

    page = listing(ORG, CallFilter(), limit=2, offset=0, is_test=False)

    assert (len(page.calls), page.has_more) == (2, True)
    with pytest.raises(InvalidInput, match="startTime is missing or too early"):
        listing(ORG, CallFilter(), limit=3, offset=0, is_test=False)


def test_a_cost_may_be_logged_a_day_before_it_arises_and_long_after() -> None:
    """The clock of a sender may be a day ahead; so what was logged since 30 May is read for June."""
    assert asked(is_test=False).since < midnight(date(2025, 5, 31))
    assert asked(is_test=False).since >= midnight(date(2025, 5, 30))


def test_an_invoice_that_a_crash_left_unmade_is_accrued_until_somebody_makes_it() -> None:
    """The run of 1 July moved the schedule, and ended before it put the invoice: 2 of usage at 1.00 in June."""
    shop = Shop()
    order = shop.sell(make_order(make_attribute(make_pricing(USAGE)), auto_post_invoices=True))
    shop.receive(make_signal("1"), make_signal("2"))
    (invoice,) = shop.bill_until(JUNE.end)
    (made,) = reader(shop).of_customer(ORG, "cus_1", asked())

    del shop.register.stored[ORG, invoice.id]
    (unmade,) = reader(shop).of_customer(ORG, "cus_1", asked())
    shop.bill_until(JUNE.end, order.id)

    assert made.total.earned == Earned(invoiced=Decimal(2))
    assert unmade.total.earned == Earned(accrued=Decimal(2))
    assert reader(shop).of_customer(ORG, "cus_1", asked())[0] == made


def test_an_old_invoice_is_not_made_again_where_later_days_are_asked_for() -> None:
    """It was made under other terms: whoever tried to make it again would not get the same."""
    shop = Shop()
    shop.sell(make_order(make_attribute(), end=date(2025, 7, 1), auto_post_invoices=True))
    shop.bill_until(date(2025, 7, 1))
    (_,) = shop.register.of(ORG)
    shop.orders.modify(ORG, "ord_1", lambda order: order.model_copy(update={"lines": ()}))

    assert (
        reader(shop).of_customer(ORG, "cus_1", replace(asked(), span=Period(date(2026, 1, 1), date(2026, 2, 1)))) == []
    )
