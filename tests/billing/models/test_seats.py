from datetime import timedelta

import pytest

from functions.billing.models.customer import UserStatus
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.seats import Seat, seats_of
from tests.builders import NOW, RECURRING, SEATS, make_attribute, make_order, make_pricing, make_user

NOBODY = SeatAssignments()


def order_with_seats(quantity: int) -> Order:
    return make_order(make_attribute(make_pricing(RECURRING)), make_attribute(make_pricing(SEATS), quantity=quantity))


def empty_seats(order: Order) -> list[Seat]:
    return seats_of(order, NOBODY, [])


@pytest.mark.parametrize("quantity", [0, 1, 10])
def test_an_order_has_as_many_seats_as_its_seat_prices_count(quantity: int) -> None:
    seats = empty_seats(order_with_seats(quantity))

    assert len({seat.id for seat in seats}) == quantity
    assert all(seat.user_id is None for seat in seats)


def test_seats_keep_their_ids_when_more_are_bought() -> None:
    before, after = empty_seats(order_with_seats(2)), empty_seats(order_with_seats(3))

    assert after[:2] == before


def test_a_user_sits_where_assigned_since_the_assignment() -> None:
    order = order_with_seats(2)
    second = empty_seats(order)[1].id
    later = NOW + timedelta(days=1)
    assignments = SeatAssignments(users={second: "usr_1"}, changed_at={second: later})

    seats = seats_of(order, assignments, [make_user()])

    assert [seat.user_id for seat in seats] == [None, "usr_1"]
    assert [seat.updated_at for seat in seats] == [NOW, later]


def test_a_user_who_is_gone_or_deactivated_sits_nowhere() -> None:
    order = order_with_seats(2)
    first, second = (seat.id for seat in empty_seats(order))
    assignments = SeatAssignments(users={first: "usr_1", second: "usr_gone"})

    seats = seats_of(order, assignments, [make_user(status=UserStatus.DEACTIVATED)])

    assert [seat.user_id for seat in seats] == [None, None]
