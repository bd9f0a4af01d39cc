"""What an agent asks before it acts: how a customer stands at this moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.billing.models.customer import Customer, CustomerUser
from functions.billing.models.order import Order, OrderStatus, SeatAssignments, is_seat
from functions.billing.models.seats import Seat, seats_of
from functions.billing.periods import day_of
from functions.billing.ports import Collection

_ALL = 1_000_000


class Seats(Protocol):
    def get(self, organization_id: str, order_id: str) -> SeatAssignments: ...


class Users(Protocol):
    def of(self, organization_id: str, customer_id: str) -> list[CustomerUser]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerState:
    """A customer with all its orders and the seats of those that have not ended; `users` are all of its, by id."""

    customer: Customer
    orders: Sequence[Order]
    seats: Sequence[Seat]
    users: Mapping[str, CustomerUser]


class ReadCustomerState:
    def __init__(
        self, *, customers: Collection[Customer], orders: Collection[Order], seats: Seats, users: Users
    ) -> None:
        self._customers = customers
        self._orders = orders
        self._seats = seats
        self._users = users

    def __call__(self, organization_id: str, customer_id: str, *, now: datetime) -> CustomerState:
        """Raises NotFound."""
        customer = self._customers.get(organization_id, customer_id)
        orders = self._orders.page(organization_id, owner=customer_id, limit=_ALL, offset=0).items
        users = self._users.of(organization_id, customer_id)
        running = [order for order in orders if order.status(now) is not OrderStatus.ENDED]
        return CustomerState(
            customer=customer,
            orders=orders,
            seats=list(self._seats_on(organization_id, running, users, now=now)),
            users={user.id: user for user in users},
        )

    def _seats_on(
        self, organization_id: str, orders: Sequence[Order], users: Sequence[CustomerUser], *, now: datetime
    ) -> Iterator[Seat]:
        for order in orders:
            if any(is_seat(attribute) for _, attribute in order.attributes()):
                yield from seats_of(order, self._seats.get(organization_id, order.id), users, on=day_of(now))
