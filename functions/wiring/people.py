"""Other names and users of customers, and who sits where."""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.aliases import DynamoAliases
from functions.adapters.dynamodb.seats import DynamoSeats
from functions.adapters.dynamodb.users import DynamoUsers
from functions.billing.errors import Busy
from functions.wiring import aws, entities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from functions.billing.models.customer import CustomerUser
    from functions.billing.models.order import Order, SeatAssignments


@cache
def aliases() -> DynamoAliases:
    return DynamoAliases(aws.records())


@cache
def users() -> DynamoUsers:
    return DynamoUsers(aws.records())


def change_seats(
    organization_id: str,
    order: "Order",
    change: "Callable[[SeatAssignments], SeatAssignments]",
    *,
    users: "Iterable[CustomerUser]",
    now: "datetime",
) -> "SeatAssignments":
    if not order.gives_seats_credits:
        return seats().modify(organization_id, order.id, _while_seats_give_none(organization_id, order.id, change))
    from functions.wiring import seating  # noqa: PLC0415 - few seats have credits of their own

    return seating.change_seats()(organization_id, order, change, users=users, now=now)


def _while_seats_give_none(
    organization_id: str, order_id: str, change: "Callable[[SeatAssignments], SeatAssignments]"
) -> "Callable[[SeatAssignments], SeatAssignments]":
    """Whoever gives seats credits changes the assignments too, so that the order is what it is here until they are put.

    Raises Busy once they have credits: then who sits there is to be told to the rating as well.
    """

    def changed(assignments: "SeatAssignments") -> "SeatAssignments":
        after = change(assignments)
        if entities.orders().get(organization_id, order_id).gives_seats_credits:
            raise Busy(f"order {order_id} is being amended, try again")
        return after

    return changed


def seated(organization_id: str, order: "Order") -> dict[str, str]:
    """Who sits on the order's seats, by their external ids."""
    names = {user.id: user.external_id for user in users().of(organization_id, order.customer_id)}
    sitting = seats().get(organization_id, order.id).users.items()
    return {seat_id: names[user_id] for seat_id, user_id in sitting if user_id in names}


@cache
def seats() -> DynamoSeats:
    return DynamoSeats(aws.records())
