"""A user of a customer is made or changed, by the external ids that the caller's own system knows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.billing.models.customer import CustomerUser, UserStatus
from functions.billing.models.order import Order, SeatAssignments, is_seat
from functions.billing.ports import Collection

_ALL = 1_000_000


class Users(Protocol):
    def upsert(
        self,
        organization_id: str,
        customer_id: str,
        external_id: str,
        change: Callable[[CustomerUser | None], CustomerUser],
    ) -> CustomerUser: ...

    def of(self, organization_id: str, customer_id: str) -> list[CustomerUser]: ...


class Seats(Protocol):
    def get(self, organization_id: str, order_id: str) -> SeatAssignments: ...


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


@dataclass(frozen=True, slots=True)
class Upserted:
    """The user as it is now, and whether this call made it."""

    user: CustomerUser
    created: bool


class UpsertUser:
    """The same call again changes nothing more: a crash between user and seats heals by repeating it."""

    def __init__(self, *, users: Users, seats: Seats, change_seats: Seating, orders: Collection[Order]) -> None:
        self._users = users
        self._seats = seats
        self._change_seats = change_seats
        self._orders = orders

    def __call__(
        self, organization_id: str, new: CustomerUser, fields: Mapping[str, object], *, now: datetime
    ) -> Upserted:
        """Makes `new` unless its customer has a user of that external id; changes `fields` of the user there is.

        A deactivated user leaves its seats; what is billed never changes by it.
        """

        def change(user: CustomerUser | None) -> CustomerUser:
            return (user or new).model_copy(update={**fields, "updated_at": now})

        user = self._users.upsert(organization_id, new.customer_id, new.external_id, change)
        if user.status is UserStatus.DEACTIVATED:
            self._free_seats(organization_id, user, now=now)
        return Upserted(user, created=user.id == new.id)

    def _free_seats(self, organization_id: str, user: CustomerUser, *, now: datetime) -> None:
        orders = self._orders.page(organization_id, owner=user.customer_id, limit=_ALL, offset=0).items
        for order in orders:
            if not any(is_seat(attribute) for _, attribute in order.attributes()):
                continue
            if user.id in self._seats.get(organization_id, order.id).users.values():
                users = self._users.of(organization_id, user.customer_id)
                self._change_seats(
                    organization_id, order, lambda seats: _without(seats, user, now=now), users=users, now=now
                )


def _without(assignments: SeatAssignments, user: CustomerUser, *, now: datetime) -> SeatAssignments:
    left = {seat_id: now for seat_id, user_id in assignments.users.items() if user_id == user.id}
    stay = {seat_id: user_id for seat_id, user_id in assignments.users.items() if seat_id not in left}
    return SeatAssignments(users=stay, changed_at={**assignments.changed_at, **left})
