from datetime import date

from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import Stored
from tests.builders import make_organization
from tests.fakes.organizations import FakeOrganizations
from tests.fakes.shop import Shop

TODAY = date(2025, 7, 1)
YESTERDAY, TOMORROW = date(2025, 6, 30), date(2025, 7, 2)


def shop_with(*organizations: str, clock: date | None = None) -> Shop:
    made = (make_organization(id=name, test=clock is not None, clock=clock) for name in organizations)
    return Shop(organizations=FakeOrganizations(*made))


def due(shop: Shop, organization_id: str, order_id: str, on: date | None) -> None:
    schedule = BillingSchedule(order_id=order_id, customer_id="cus_1", next_billing_on=on)
    shop.schedules.move(organization_id, [Stored(schedule, 0)])


def test_what_is_due_by_the_day_is_asked_for_and_nothing_else() -> None:
    shop = shop_with("org_1")
    for order_id, day in (("missed", YESTERDAY), ("today", TODAY), ("tomorrow", TOMORROW), ("ended", None)):
        due(shop, "org_1", order_id, day)

    assert shop.start_run(as_of=TODAY, today=TODAY) == 2

    assert shop.invoice_queue.sent == [("org_1", "missed", TODAY), ("org_1", "today", TODAY)]


def test_every_organization_is_run() -> None:
    shop = shop_with("org_1", "org_2", "org_3")
    due(shop, "org_1", "ord_1", TODAY)
    due(shop, "org_3", "ord_3", TODAY)

    assert shop.start_run(as_of=TODAY, today=TODAY) == 2

    assert shop.invoice_queue.sent == [("org_1", "ord_1", TODAY), ("org_3", "ord_3", TODAY)]


def test_an_organization_on_a_clock_of_its_own_is_left_to_it() -> None:
    shop = shop_with("org_1", clock=date(2020, 1, 1))
    due(shop, "org_1", "ord_1", TODAY)

    assert shop.start_run(as_of=TODAY, today=TODAY) == 0

    assert shop.invoice_queue.sent == []


def test_a_run_started_twice_asks_twice() -> None:
    """What is billed already is found so by whoever is asked."""
    shop = shop_with("org_1")
    due(shop, "org_1", "ord_1", TODAY)

    shop.start_run(as_of=TODAY, today=TODAY)
    shop.start_run(as_of=TODAY, today=TODAY)

    assert shop.invoice_queue.sent == [("org_1", "ord_1", TODAY)] * 2


def test_a_run_for_a_day_to_come_bills_up_to_today() -> None:
    """What is posted cannot be taken back: a mistyped date must not bill years."""
    shop = shop_with("org_1")
    due(shop, "org_1", "today", TODAY)
    due(shop, "org_1", "tomorrow", TOMORROW)

    assert shop.start_run(as_of=TOMORROW, today=TODAY) == 1

    assert shop.invoice_queue.sent == [("org_1", "today", TODAY)]
