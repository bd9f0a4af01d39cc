"""Users take seats and leave them; what is billed never changes by it (contract: Seats)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from functions.billing.errors import Conflict, InvalidInput, NotFound, shown
from functions.billing.models.customer import CustomerUser, UserStatus
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.seats import seats_of


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

    def __init__(self, *, change_seats: Seating, users: Users) -> None:
        self._change_seats = change_seats
        self._users = users

    def __call__(
        self, organization_id: str, order: Order, wanted: Mapping[str, str | None], *, now: datetime
    ) -> SeatAssignments:
        """Gives each seat of `wanted` to the user with that external id, or frees it for None.

        Raises:
            NotFound: a seat is not of this order.
            InvalidInput: the customer has no such user.
            Conflict: a user is deactivated, or would sit on two seats of one product.
        """
        users = self._users.of(organization_id, order.customer_id)
        of_order = {seat.id for seat in seats_of(order, SeatAssignments(), users)}
        for seat_id in wanted:
            if seat_id not in of_order:
                raise NotFound("seat", seat_id)
        user_ids = {name: _user_id(order, users, name) for name in wanted.values() if name is not None}

        def change(assignments: SeatAssignments) -> SeatAssignments:
            taken = dict(assignments.users)
            for seat_id, name in wanted.items():
                if name is None:
                    taken.pop(seat_id, None)
                else:
                    taken[seat_id] = user_ids[name]
            _check_one_seat_each(order, taken, users)
            moved = {seat_id: now for seat_id in wanted if taken.get(seat_id) != assignments.users.get(seat_id)}
            return SeatAssignments(users=taken, changed_at={**assignments.changed_at, **moved})

        return self._change_seats(organization_id, order, change, users=users, now=now)


def _user_id(order: Order, users: Iterable[CustomerUser], external_id: str) -> str:
    user = next((user for user in users if user.external_id == external_id), None)
    if user is None:
        raise InvalidInput(f"userExternalId is {shown(external_id)!r}, expected a user of customer {order.customer_id}")
    if user.status is UserStatus.DEACTIVATED:
        raise Conflict(f"user {shown(external_id)} is deactivated and cannot take a seat", code="USER_DEACTIVATED")
    return user.id


def _check_one_seat_each(order: Order, taken: Mapping[str, str], users: Collection[CustomerUser]) -> None:
    """A second seat of the same product for the same user would be paid for twice and used once."""
    names = {user.id: user.external_id for user in users}
    seated: set[tuple[str, str]] = set()
    for seat in seats_of(order, SeatAssignments(users=dict(taken)), users):
        if seat.user_id is None:
            continue
        place = (seat.product_id, seat.user_id)
        if place in seated:
            sentence = f"user {names[seat.user_id]} sits on another seat of the same product"
            raise Conflict(sentence, code="USER_HAS_SEAT")
        seated.add(place)
