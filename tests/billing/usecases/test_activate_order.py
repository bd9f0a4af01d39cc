from datetime import date

import pytest

from functions.billing.errors import Busy, InvalidInput, NotFound
from functions.billing.models.amendment import Amendment
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import OutdatedError, Stored
from functions.billing.usecases.activate_order import ActivateOrder
from tests.builders import NOW, START, USAGE, make_attribute, make_line, make_order, make_price, make_pricing
from tests.fakes.order_book import FakeOrderBook
from tests.fakes.shop import ORG, Shop

TODAY = date(2025, 6, 1)


def test_order_plan_and_schedule_begin_together_and_the_invoices_are_asked_for() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(make_attribute(make_pricing(USAGE)), make_attribute()))

    order = shop.activate(ORG, "ord_1", now=NOW)

    stored = shop.schedules.get(ORG, "ord_1")
    assert order == shop.orders.get(ORG, "ord_1")
    assert (order.creation_state, order.activated_at, order.version) == (CreationState.ACTIVE, NOW, 2)
    assert [entry.order_line_attribute_id for entry in shop.book.plan(ORG, "cus_1").value.entries] == ["ola_email_sent"]
    assert stored is not None
    assert (stored.value.next_billing_on, stored.value.customer_id) == (START, "cus_1")
    assert shop.invoice_queue.sent == [(ORG, "ord_1", TODAY)]


def test_usage_alone_is_billed_first_when_its_first_period_has_ended() -> None:
    shop = Shop()
    shop.sell(make_order(make_attribute(make_pricing(USAGE))))

    stored = shop.schedules.get(ORG, "ord_1")
    assert stored is not None
    assert stored.value.next_billing_on == date(2025, 7, 1)


def test_activating_again_changes_nothing_and_asks_again() -> None:
    shop = Shop()
    first = shop.sell(make_order(make_attribute()))

    again = shop.activate(ORG, "ord_1", now=NOW.replace(year=2026))

    assert again == first
    assert shop.book.plan(ORG, "cus_1").revision == 1
    assert len(shop.invoice_queue.sent) == 2


def test_an_unknown_order_is_not_found() -> None:
    with pytest.raises(NotFound):
        Shop().activate(ORG, "ord_1", now=NOW)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (make_order(lines=()), "no priced line"),
        (make_order(lines=(make_line(),)), "no priced line"),
        (make_order(make_attribute(make_pricing(price_points=(make_price(currency="EUR"),)))), "currency is USD"),
    ],
)
def test_what_cannot_be_billed_is_refused_and_stays_a_draft(order: Order, sentence: str) -> None:
    shop = Shop()
    shop.orders.insert(ORG, order)

    with pytest.raises(InvalidInput, match=sentence):
        shop.activate(ORG, "ord_1", now=NOW)

    assert shop.orders.get(ORG, "ord_1") == order
    assert shop.schedules.get(ORG, "ord_1") is None
    assert shop.invoice_queue.sent == []


class Contested(FakeOrderBook):
    """Somebody else writes first, so many times."""

    times = 0

    def commit(
        self,
        organization_id: str,
        *,
        order: Stored[Order],
        plan: Stored[RatingPlan],
        schedule: Stored[BillingSchedule],
        amendment: Amendment | None = None,
        seats: Stored[SeatAssignments] | None = None,
    ) -> None:
        if self.times > 0:
            self.times -= 1
            raise OutdatedError
        super().commit(organization_id, order=order, plan=plan, schedule=schedule, amendment=amendment, seats=seats)


def test_a_lost_race_is_tried_again() -> None:
    shop, activate = contested(9)

    assert activate(ORG, "ord_1", now=NOW).creation_state is CreationState.ACTIVE
    assert len(shop.invoice_queue.sent) == 1


def test_whoever_loses_every_race_gives_up_and_asks_for_nothing() -> None:
    shop, activate = contested(10)

    with pytest.raises(Busy):
        activate(ORG, "ord_1", now=NOW)

    assert shop.orders.get(ORG, "ord_1").creation_state is CreationState.DRAFT
    assert shop.invoice_queue.sent == []


def test_two_orders_of_a_customer_are_both_in_its_plan_the_first_activated_first() -> None:
    shop = Shop()
    usage = make_pricing(USAGE)

    shop.sell(make_order(make_attribute(usage, id="ola_b"), id="ord_b"))
    shop.sell(make_order(make_attribute(usage, id="ola_a"), id="ord_a"))

    assert [entry.order_id for entry in shop.book.plan(ORG, "cus_1").value.entries] == ["ord_b", "ord_a"]


def contested(times: int) -> tuple[Shop, ActivateOrder]:
    shop = Shop()
    shop.orders.insert(ORG, make_order(make_attribute()))
    book = Contested(shop.orders, shop.checkpoints, shop.schedules)
    book.times = times
    return shop, ActivateOrder(
        orders=shop.orders, book=book, invoices=shop.invoice_queue, seated=lambda _, __: {}, opens_book=shop.books.open
    )
