"""Users take seats and leave them; what is billed never changes by it (contract: Seats)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from functions.billing.errors import Conflict, InvalidInput, NotFound, shown
from functions.billing.models.customer import CustomerUser, UserStatus
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.seats import Seat, seats_of
from functions.billing.periods import day_of
from functions.billing.ports import Collection


class Seating(Protocol):
    def __call__(
        self,
        organization_id: str,
        order: Order,
        change: Callable[[SeatAssignments], SeatAssignments],
        *,
        users: Iterable[CustomerUser],
        now: datetime,
    ) -> SeatAssignments:
        """Changes who sits on an order's seats: see `change_seats`."""
        ...


class Users(Protocol):
    def of(self, organization_id: str, customer_id: str) -> list[CustomerUser]: ...


class AssignSeats:
    """Seats of one order, all of a batch or none."""

    def __init__(self, *, orders: Collection[Order], change_seats: Seating, users: Users) -> None:
        self._orders = orders
        self._change_seats = change_seats
        self._users = users

    def __call__(
        self, organization_id: str, order_id: str, wanted: Mapping[str, str | None], *, now: datetime
    ) -> Order:
        """Gives each seat of `wanted` to the user with that external id, or frees it for None. Answers the order.

        Raises:
            NotFound: there is no such order, or a seat is not of it.
            InvalidInput: the customer has no such user, or a user is deactivated, or the seat is about to go.
            Conflict: a user would sit on two seats of one product.
        """
        order = self._orders.get(organization_id, order_id)
        users = self._users.of(organization_id, order.customer_id)
        user_ids = {name: _user_id(order, users, name) for name in wanted.values() if name is not None}

        def change(assignments: SeatAssignments) -> SeatAssignments:
            """With the order as it is now: whoever takes seats from it changes the assignments too."""
            nonlocal order
            order = self._orders.get(organization_id, order_id)
            _check_there(order, wanted, now=now)
            taken = dict(assignments.users)
            for seat_id, name in wanted.items():
                if name is None:
                    taken.pop(seat_id, None)
                else:
                    taken[seat_id] = user_ids[name]
            _check_one_seat_each(order, taken, users, now=now)
            moved = {seat_id: now for seat_id in wanted if taken.get(seat_id) != assignments.users.get(seat_id)}
            return SeatAssignments(users=taken, changed_at={**assignments.changed_at, **moved})

        self._change_seats(organization_id, order, change, users=users, now=now)
        return order


def _check_there(order: Order, wanted: Mapping[str, str | None], *, now: datetime) -> None:
    """Nobody takes a seat that an amendment has ended from a day to come: the user would lose it unasked."""
    there, lasting = ({seat.id for seat in _seats(order, on)} for on in (day_of(now), date.max))
    for seat_id, name in wanted.items():
        if seat_id not in there:
            raise NotFound("seat", seat_id)
        if name is not None and seat_id not in lasting:
            raise InvalidInput(f"seat {seat_id} ends by an amendment, expected one that stays", code="SEAT_ENDS")


def _seats(order: Order, on: date) -> list[Seat]:
    return seats_of(order, SeatAssignments(), (), on=on)


def _user_id(order: Order, users: Iterable[CustomerUser], external_id: str) -> str:
    user = next((user for user in users if user.external_id == external_id), None)
    if user is None:
        raise InvalidInput(f"userExternalId is {shown(external_id)!r}, expected a user of customer {order.customer_id}")
    if user.status is UserStatus.DEACTIVATED:
        raise InvalidInput(f"user {shown(external_id)} is deactivated and cannot take a seat", code="USER_DEACTIVATED")
    return user.id


def _check_one_seat_each(
    order: Order, taken: Mapping[str, str], users: Sequence[CustomerUser], *, now: datetime
) -> None:
    """A second seat of the same product for the same user would be paid for twice and used once."""
    names = {user.id: user.external_id for user in users}
    seated: set[tuple[str, str]] = set()
    for seat in seats_of(order, SeatAssignments(users=dict(taken)), users, on=day_of(now)):
        if seat.user_id is None:
            continue
        place = (seat.product_id, seat.user_id)
        if place in seated:
            sentence = (
                f"user {names[seat.user_id]} sits on another seat of the same product, expected no more than one: "
                "take the user from it, in the same batch if you like"
            )
            raise Conflict(sentence, code="USER_HAS_SEAT")
        seated.add(place)
