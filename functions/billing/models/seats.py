"""Seats: places that an order's seat-based prices pay for. Derived from the order; only who sits there is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.billing.ids import derived_uuid
from functions.billing.models.customer import CustomerUser, UserStatus
from functions.billing.models.order import Order, SeatAssignments, is_seat

MAX_SEATS = 5_000
"""Of one priced component: every answer about seats lists them one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A place on an order; `user_id` is None while nobody sits there. `name` is the order line's."""

    id: str
    order_id: str
    product_id: str
    product_external_id: str | None
    name: str
    user_id: str | None
    created_at: datetime
    updated_at: datetime


def seat_id(order_id: str, attribute_id: str, index: int) -> str:
    return derived_uuid("seat", order_id, attribute_id, str(index))


def seats_of(order: Order, assignments: SeatAssignments, users: Iterable[CustomerUser]) -> list[Seat]:
    """Every seat of the order, in the order of its lines. Users who are gone or deactivated sit nowhere."""
    may_sit = {user.id for user in users if user.status is UserStatus.ACTIVE}
    seats: list[Seat] = []
    for line, attribute in order.attributes():
        if not is_seat(attribute):
            continue
        for index in range(attribute.quantity):
            named = seat_id(order.id, attribute.id, index)
            user_id = assignments.users.get(named)
            seats.append(
                Seat(
                    id=named,
                    order_id=order.id,
                    product_id=line.product_id,
                    product_external_id=line.product_external_id,
                    name=line.name,
                    user_id=user_id if user_id in may_sit else None,
                    created_at=order.created_at,
                    updated_at=assignments.changed_at.get(named, order.created_at),
                )
            )
    return seats
