"""Seats: places that an order's seat-based prices pay for. Derived from the order; only who sits there is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from functions.billing.ids import derived_uuid
from functions.billing.models.customer import CustomerUser, UserStatus
from functions.billing.models.order import Order, OrderLine, OrderLineAttribute, SeatAssignments, is_seat

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


def seat_id(order_id: str, lineage: str, index: int) -> str:
    return derived_uuid("seat", order_id, lineage, str(index))


def seats_of(order: Order, assignments: SeatAssignments, users: Iterable[CustomerUser], *, on: date) -> list[Seat]:
    """Every seat that the order has on a day, in the order of its lines. Users who are gone or deactivated sit nowhere.

    A component that an amendment puts in the place of another has the same seats, as many as there are of it.
    """
    may_sit = {user.id for user in users if user.status is UserStatus.ACTIVE}
    seats: list[Seat] = []
    for line, attribute in _seated(order, on):
        for named in seat_ids(order, attribute):
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


def seat_ids(order: Order, attribute: OrderLineAttribute, *, first: int = 0) -> list[str]:
    """The ids of a component's seats, without so many of the first."""
    return [seat_id(order.id, attribute.lineage, index) for index in range(first, attribute.quantity)]


def _seated(order: Order, on: date) -> Iterable[tuple[OrderLine, OrderLineAttribute]]:
    """The components with seats; of those that follow one another the first that no amendment has ended by then."""
    found: dict[str, tuple[OrderLine, OrderLineAttribute]] = {}
    for line, attribute in order.attributes():
        ends_on = attribute.term.ends_on
        if is_seat(attribute) and (ends_on is None or ends_on > on):
            found.setdefault(attribute.lineage, (line, attribute))
    return found.values()
