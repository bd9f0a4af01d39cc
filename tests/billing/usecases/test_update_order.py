from datetime import date, datetime
from typing import Any

import pytest

from functions.billing.errors import Busy, InvalidInput, NotFound
from functions.billing.models.amendment import Amendment
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import OutdatedError, Stored
from functions.billing.usecases.update_order import UpdateOrder
from tests.builders import NOW, START, USAGE, make_attribute, make_order, make_pricing, moment
from tests.fakes.order_book import FakeOrderBook
from tests.fakes.shop import ORG, Shop, make_signals

JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)
LATER = datetime.combine(AUGUST, NOW.timetz())


def sold() -> Shop:
    """An active order of a monthly fee and e-mails."""
    shop = Shop()
    shop.sell(make_order(make_attribute(), make_attribute(make_pricing(USAGE))))
    return shop


def update(shop: Shop, *, state: CreationState | None = None, **fields: object) -> Order:
    return shop.update(ORG, "ord_1", fields, state=state, now=LATER)


def schedule(shop: Shop) -> BillingSchedule:
    stored = shop.schedules.get(ORG, "ord_1")
    assert stored is not None
    return stored.value


def test_a_draft_changes_in_whatever_was_given() -> None:
    shop = Shop()
    shop.orders.insert(ORG, make_order(make_attribute()))

    order = update(shop, name="Renewal", start_date=moment(JULY), end_date=moment(AUGUST), billing_anchor=15)

    assert (order.name, order.start_date, order.end_date) == ("Renewal", moment(JULY), moment(AUGUST))
    assert (order.billing_anchor, order.updated_at, order.version) == (15, LATER, 2)
    assert shop.schedules.get(ORG, "ord_1") is None


def drafted(**fields: Any) -> Shop:
    shop = Shop()
    shop.orders.insert(ORG, make_order(make_attribute(), **fields))
    return shop


def test_terms_given_to_a_draft_end_it_as_many_months_after_its_start() -> None:
    assert update(drafted(), subscription_terms=2).end_day == AUGUST
    assert update(drafted(), subscription_terms=2, start_date=moment(JULY)).end_day == date(2025, 9, 1)


def test_an_end_that_terms_set_follows_them_and_the_start() -> None:
    shop = drafted(subscription_terms=1, end=JULY)

    assert update(shop, subscription_terms=2).end_day == AUGUST
    assert update(shop, start_date=moment(JULY)).end_day == date(2025, 9, 1)
    assert update(shop, name="Renewal").end_day == date(2025, 9, 1)


def test_an_end_that_somebody_gave_stays_where_it_is() -> None:
    shop = drafted(end=AUGUST)

    assert update(shop, subscription_terms=12).end_day == AUGUST
    assert update(shop, subscription_terms=6, end_date=moment(JULY)).end_day == JULY
    assert update(shop, start_date=moment(date(2025, 6, 2))).end_day == JULY


def test_an_end_taken_from_a_draft_leaves_it_open_until_terms_are_given_again() -> None:
    shop = drafted(subscription_terms=1, end=JULY)

    assert update(shop, end_date=None).end_day is None
    assert update(shop, start_date=moment(date(2025, 5, 1))).end_day is None
    assert update(shop, subscription_terms=3).end_day == AUGUST


def test_terms_taken_away_take_no_end_with_them() -> None:
    assert update(drafted(subscription_terms=1, end=JULY), subscription_terms=None).end_day == JULY


def test_terms_of_an_active_order_are_stored_and_move_nothing() -> None:
    shop = sold()
    shop.bill_until(START)
    before = shop.book.plan(ORG, "cus_1"), schedule(shop)

    order = update(shop, subscription_terms=12)

    assert (order.subscription_terms, order.end_date) == (12, None)
    assert (shop.book.plan(ORG, "cus_1"), schedule(shop)) == before


def test_what_is_as_it_was_changes_nothing() -> None:
    shop = sold()
    before = shop.orders.get(ORG, "ord_1")

    assert update(shop, name=before.name, end_date=None) == before


def test_an_end_moves_plan_and_schedule_with_the_order() -> None:
    shop = sold()
    shop.bill_until(START)

    order = update(shop, end_date=moment(date(2025, 6, 16)), name="ends")

    assert (order.end_day, order.name) == (date(2025, 6, 16), "ends")
    assert [entry.end for entry in shop.book.plan(ORG, "cus_1").value.entries] == [date(2025, 6, 16)]
    assert schedule(shop).next_billing_on == date(2025, 6, 16)
    assert order == shop.orders.get(ORG, "ord_1")


def test_an_end_taken_back_before_it_is_billed_leaves_the_order_as_it_was() -> None:
    shop = sold()
    shop.bill_until(START)
    update(shop, end_date=moment(AUGUST))

    update(shop, end_date=None)

    assert [entry.end for entry in shop.book.plan(ORG, "cus_1").value.entries] == [None]
    assert schedule(shop).next_billing_on == JULY


def test_usage_after_the_end_is_no_longer_counted() -> None:
    shop = sold()
    shop.receive(*make_signals("12"))
    shop.receive(*make_signals("3", occurred_at=moment(date(2025, 6, 20))))

    update(shop, end_date=moment(date(2025, 6, 16)))

    assert shop.rate(ORG, "cus_1")[0].usage == {"ola_email_sent": {START: 2}}


@pytest.mark.parametrize(("end", "is_refused"), [(START, True), (JULY, True), (date(2025, 7, 2), False)])
def test_an_end_lies_after_the_last_billing_day(end: date, is_refused: bool) -> None:  # noqa: FBT001 - a column
    shop = sold()
    shop.bill_until(JULY)
    before = shop.orders.get(ORG, "ord_1"), shop.book.plan(ORG, "cus_1"), schedule(shop)

    if not is_refused:
        assert update(shop, end_date=moment(end)).end_day == end
        return
    with pytest.raises(InvalidInput, match="endDate"):
        update(shop, end_date=moment(end), name="refused too")
    assert (shop.orders.get(ORG, "ord_1"), shop.book.plan(ORG, "cus_1"), schedule(shop)) == before


@pytest.mark.parametrize(("field", "value"), [("start_date", moment(JULY)), ("billing_anchor", 15)])
def test_what_billing_goes_by_is_fixed_once_active(field: str, value: object) -> None:
    shop = sold()

    with pytest.raises(InvalidInput, match="active"):
        shop.update(ORG, "ord_1", {field: value}, state=None, now=LATER)


def test_an_active_order_does_not_become_a_draft() -> None:
    with pytest.raises(InvalidInput, match="draft"):
        update(sold(), state=CreationState.DRAFT, name="x")


def test_an_unknown_order_is_not_found() -> None:
    with pytest.raises(NotFound):
        update(Shop(), name="x")


class Interrupted(FakeOrderBook):
    """A billing run comes before the first commit, which is then too late."""

    then_bill: date | None = None
    shop: Shop

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
        if self.then_bill is not None:
            day, self.then_bill = self.then_bill, None
            self.shop.bill_until(day)
        super().commit(organization_id, order=order, plan=plan, schedule=schedule, amendment=amendment, seats=seats)


def test_an_end_that_meets_a_billing_run_is_checked_against_what_the_run_billed() -> None:
    shop = sold()
    book = Interrupted(shop.orders, shop.checkpoints, shop.schedules)
    book.then_bill, book.shop = JULY, shop
    late = UpdateOrder(orders=shop.orders, book=book, schedules=shop.schedules, check_parties=lambda _, __: None)

    with pytest.raises(InvalidInput, match="2025-07-01"):
        late(ORG, "ord_1", {"end_date": moment(date(2025, 6, 16))}, state=None, now=LATER)

    assert shop.orders.get(ORG, "ord_1").end_date is None


def test_whoever_loses_every_race_gives_up() -> None:
    class Lost(FakeOrderBook):
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
            del organization_id, order, plan, schedule, amendment, seats
            raise OutdatedError

    shop = sold()
    book = Lost(shop.orders, shop.checkpoints, shop.schedules)
    late = UpdateOrder(orders=shop.orders, book=book, schedules=shop.schedules, check_parties=lambda _, __: None)

    with pytest.raises(Busy):
        late(ORG, "ord_1", {"end_date": moment(AUGUST)}, state=None, now=LATER)
