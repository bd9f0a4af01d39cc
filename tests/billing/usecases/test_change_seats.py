"""Who sits on seats with credits of their own: written with the plan that rates by it, or not at all."""

from datetime import date, timedelta

import pytest

from functions.billing.errors import Busy
from functions.billing.models.customer import CustomerUser
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.seats import seat_id
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import OrderBook, Stored
from functions.billing.usecases.change_seats import ChangeSeats
from tests.builders import NOW, SEATS, make_attribute, make_order, make_price, make_pricing
from tests.fakes.order_book import FakeOrderBook
from tests.fakes.shop import ORG, Shop

WITH_CREDITS = make_pricing(
    SEATS, make_price(30_00), benefits=({"currency_id": "cc_1", "amount_micro": 5, "recipient": "seat"},)
)
TEAM = make_order(make_attribute(WITH_CREDITS, id="ola_seats", quantity=2))
FIRST = seat_id("ord_1", "ola_seats", 0)
JUNE_1, JUNE_2 = date(2025, 6, 1), date(2025, 6, 2)
USERS = [
    CustomerUser(id=f"usr_{name}", external_id=name, customer_id="cus_1", created_at=NOW, updated_at=NOW)
    for name in ("ada", "bob")
]


def seated(user: str | None) -> SeatAssignments:
    return SeatAssignments(users={} if user is None else {FIRST: f"usr_{user}"})


def take(shop: Shop, user: str | None, *, days: int = 0, book: OrderBook | None = None) -> SeatAssignments:
    change = ChangeSeats(book=book or shop.book)
    return change(ORG, TEAM, lambda _: seated(user), users=USERS, now=NOW + timedelta(days=days))


def plan(shop: Shop) -> RatingPlan:
    return shop.book.plan(ORG, "cus_1").value


def test_whoever_takes_a_seat_has_it_from_that_day_on_and_whoever_leaves_it_to_the_days_end() -> None:
    shop = Shop()
    shop.sell(TEAM)

    take(shop, "ada")
    take(shop, "bob", days=2)
    take(shop, None, days=3)

    (seat,) = plan(shop).seats
    by_day = [sorted(seat.users_on(JUNE_1 + timedelta(days=day))) for day in range(-1, 5)]
    assert by_day == [[], ["ada"], ["ada"], ["ada", "bob"], ["bob"], []]
    assert plan(shop).affected_from[1:] == (JUNE_1, JUNE_1 + timedelta(days=2), JUNE_1 + timedelta(days=4))


def test_the_same_again_changes_nothing() -> None:
    shop = Shop()
    shop.sell(TEAM)
    take(shop, "ada")
    before = shop.book.plan(ORG, "cus_1")

    take(shop, "ada", days=5)

    assert shop.book.plan(ORG, "cus_1") == before


class Overtaken(FakeOrderBook):
    """Somebody activates the order right before the first commit."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.orders, shop.checkpoints, shop.schedules)
        self.shop = shop
        self.attempts = 0

    def commit_seats(
        self, organization_id: str, order: Order, seats: Stored[SeatAssignments], plan: Stored[RatingPlan]
    ) -> None:
        self.attempts += 1
        if self.attempts == 1:
            self.shop.sell(order)
        super().commit_seats(organization_id, order, seats, plan)


def test_a_seat_taken_while_its_order_is_being_activated_is_known_to_the_plan() -> None:
    shop = Shop()
    overtaken = Overtaken(shop)

    take(shop, "ada", book=overtaken)

    assert overtaken.attempts == 2
    assert [(seat.seat_id, seat.user) for seat in plan(shop).seats] == [(FIRST, "ada")]


def test_a_seat_taken_on_a_draft_makes_whoever_is_activating_it_look_again() -> None:
    """The activation has read that nobody sits there; its plan is outdated by the seat, though nothing is in it."""
    shop = Shop()
    shop.orders.insert(ORG, TEAM)
    read = shop.book.plan(ORG, "cus_1")

    take(shop, "ada")

    assert shop.book.plan(ORG, "cus_1").revision > read.revision
    shop.seated = {FIRST: "ada"}
    shop.activate(ORG, TEAM.id, now=NOW)
    assert [(seat.user, seat.since) for seat in plan(shop).seats] == [("ada", ((JUNE_1, "ada"),))]


class Contested(Overtaken):
    """Somebody else is always faster."""

    def commit_seats(
        self, organization_id: str, order: Order, seats: Stored[SeatAssignments], plan: Stored[RatingPlan]
    ) -> None:
        super().commit_seats(organization_id, order, seats, Stored(plan.value, plan.revision - 1))


def test_a_seat_that_others_never_stop_changing_is_given_up() -> None:
    shop = Shop()

    with pytest.raises(Busy):
        take(shop, "ada", book=Contested(shop))
    assert plan(shop).seats == ()
