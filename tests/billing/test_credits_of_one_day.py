"""Many changes on one day, of what brings credits and of what takes them: what one of them billed, none changes."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.billing.errors import BillingError
from functions.billing.models.amendment import EndAttribute, Treatment, UpdateQuantity
from functions.billing.models.credit import ManualGrant
from functions.billing.models.order import OrderLineAttribute
from functions.billing.models.pricing import CreditBenefit, GrantTiming, RolloverUnit
from functions.billing.periods import midnight
from tests.billing.amending.selling import added, fee
from tests.billing.test_credit_ends import HUNDRED, JUNE, MICRO, MID_JUNE, amend, overage, pages, read
from tests.builders import make_order
from tests.fakes.audit import found
from tests.fakes.shop import ORG, Shop, make_signal

Change = Callable[[Shop, int], None]
"""At that hour of the 15th. Raises BillingError where it is refused."""

ENDLESS = CreditBenefit(currency_id="cc_1", amount_micro=0, is_infinite=True)
POSTED = HUNDRED.model_copy(update={"timing": GrantTiming.ON_INVOICE_POSTED})
ROLLING = CreditBenefit(
    currency_id="cc_1",
    amount_micro=100 * MICRO,
    rollover_micro=50 * MICRO,
    rollover_duration=10,
    rollover_unit=RolloverUnit.DAYS,
)

EVENTS = ("read", "copied", "sent")
OF_MAY = "seen"


def end(order_id: str) -> Change:
    return lambda shop, hour: amend(shop, MID_JUNE, order_id=order_id, hour=hour)


def add(benefit: CreditBenefit) -> Change:
    return lambda shop, hour: amend(shop, MID_JUNE, added(fee(10_00, benefits=(benefit,))), hour=hour)


add_credits = add(HUNDRED)


def end_credits(shop: Shop, hour: int) -> None:
    amend(shop, MID_JUNE, EndAttribute(attribute_id=_last(shop).id, treatment=Treatment.PRORATE), hour=hour)


def double_credits(shop: Shop, hour: int) -> None:
    last = _last(shop)
    more = UpdateQuantity(attribute_id=last.id, quantity=2 * last.quantity, treatment=Treatment.PRORATE)
    amend(shop, MID_JUNE, more, hour=hour)


def give(starts: date = MID_JUNE) -> Change:
    def by_hand(shop: Shop, hour: int) -> None:
        at = midnight(MID_JUNE) + timedelta(hours=hour)
        starts_at = max(midnight(starts), at) if starts == MID_JUNE else midnight(starts)
        given = ManualGrant(
            id=f"cg_{hour}", currency_id="cc_1", amount_micro=100 * MICRO, starts_at=starts_at, created_at=at
        )
        shop.books.add(ORG, "cus_1", lambda _: given)

    return by_hand


def sell_for_the_past(name: str, start: date, *, brings: bool) -> Change:
    def activate(shop: Shop, hour: int) -> None:
        sold = fee(5_00, benefits=(HUNDRED,)) if brings else pages("ola_1", OF_MAY)
        line = sold.model_copy(update={"id": f"ola_{name}_{hour}"})
        order = make_order(line, id=f"ord_{name}_{hour}", start=start, auto_post_invoices=True)
        shop.sell(order, on=midnight(MID_JUNE) + timedelta(hours=hour))

    return activate


def _last(shop: Shop) -> OrderLineAttribute:
    """What was added to the first order last, or its own fee."""
    return [attribute for _, attribute in shop.orders.get(ORG, "ord_1").attributes()][-1]


def sold() -> Shop:
    """A fee without credits, and three prices of signals, in June."""
    shop = Shop()
    shop.sell(make_order(fee(31_00), auto_post_invoices=True), on=midnight(JUNE))
    for place, event in enumerate(EVENTS, start=2):
        order = make_order(pages(f"ola_{place}", event), id=f"ord_{place}", auto_post_invoices=True)
        shop.sell(order, on=midnight(JUNE))
    bill(shop, JUNE)
    return shop


def bill(shop: Shop, day: date) -> None:
    for order_id in sorted(order_id for _, order_id in shop.orders.stored):
        shop.bill_until(day, order_id)
    shop.rate(ORG, "cus_1")


def assert_nothing_differs(shop: Shop) -> None:
    """What is replayed is what was billed, and no line tells of usage that came late."""
    assert found(shop) == []
    assert not [line for invoice in shop.register.of(ORG) for line in invoice.lines if line.is_late]


@pytest.mark.parametrize(
    "then", [end_credits, double_credits, end("ord_3")], ids=["ended", "doubled", "who took ended"]
)
@pytest.mark.parametrize(
    "comes",
    [give(), sell_for_the_past("past", date(2025, 6, 7), brings=True)],
    ids=["by hand", "of an order for the past"],
)
def test_what_an_end_was_charged_stays_whatever_becomes_of_credits_that_came_first(comes: Change, then: Change) -> None:
    """100 of 5 June wait, and 120 of 6 June, whose order ends at eleven: the 100 that came at ten went to the former.

    So 120 are charged then. The credits that were added at nine met neither: they begin when the day ends.
    """
    shop = sold()
    read(shop, "copied", 100, on=date(2025, 6, 5))
    read(shop, "read", 120, on=date(2025, 6, 6))

    for hour, change in enumerate((add_credits, comes, end("ord_2"), then), start=9):
        change(shop, hour)
        bill(shop, MID_JUNE)

        assert overage(shop, "ord_2") == ([120 * MICRO] if hour >= 11 else [])
        assert_nothing_differs(shop)
    for day in (date(2025, 6, 16), date(2025, 7, 1), date(2025, 8, 1)):
        bill(shop, day)
    assert overage(shop, "ord_2") == [120 * MICRO]
    assert_nothing_differs(shop)


def test_what_an_order_for_the_past_was_charged_stays_whatever_becomes_of_credits_that_came_before() -> None:
    """100 of 5 June wait, and took at ten the 100 by hand since 5 May; at eleven all 120 of May are charged."""
    shop = sold()
    read(shop, "copied", 100, on=date(2025, 6, 5))
    read(shop, OF_MAY, 120, on=date(2025, 5, 10))
    may = sell_for_the_past("may", date(2025, 5, 4), brings=False)

    for hour, change in enumerate((add_credits, give(date(2025, 5, 5)), may, end_credits), start=9):
        change(shop, hour)
        bill(shop, MID_JUNE)

        assert overage(shop, "ord_may_11")[:1] == ([120 * MICRO] if hour >= 11 else [])
        assert_nothing_differs(shop)


changes = st.sampled_from(
    (
        *map(add, (HUNDRED, ENDLESS, POSTED, ROLLING)),
        *(end_credits, double_credits),
        *(give(), give(), give(date(2025, 6, 5))),
        *(end("ord_2"), end("ord_3"), end("ord_4")),
        sell_for_the_past("may", date(2025, 5, 10), brings=False),
        sell_for_the_past("past", date(2025, 6, 5), brings=True),
    )
)
used = st.tuples(st.integers(1, 13), st.sampled_from((*EVENTS, OF_MAY)), st.integers(1, 150))


@settings(max_examples=300)
@given(st.lists(changes, min_size=3, max_size=7), st.lists(used, min_size=2, max_size=5))
def test_whatever_is_changed_on_a_day_all_bills_stay(asked: list[Change], taken: list[tuple[int, str, int]]) -> None:
    shop = sold()
    for number, (day_of_june, event, count) in enumerate(taken):
        occurred_at = midnight(date(2025, 6, day_of_june)) + timedelta(hours=9)
        shop.receive(make_signal(f"s{number}", event_name=event, occurred_at=occurred_at, data={"pages": count}))

    for hour, change in enumerate(asked, start=9):
        try:
            change(shop, hour)
        except BillingError:
            continue
        bill(shop, MID_JUNE)
        assert_nothing_differs(shop)

    for day in (date(2025, 6, 16), date(2025, 7, 1), date(2025, 7, 16), date(2025, 8, 1)):
        bill(shop, day)
        assert_nothing_differs(shop)
