"""Whoever sits on a seat that has credits of its own takes from them: the rating has to know it, from which day on."""

from collections.abc import Callable, Iterable
from datetime import datetime

from functions.billing.errors import Busy
from functions.billing.models.customer import CustomerUser
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.periods import day_of
from functions.billing.ports import OrderBook, OutdatedError, Stored

_MAX_TRIES = 20


class ChangeSeats:
    """The plan knows nothing of a draft; it is written all the same, so that whoever activates it looks again."""

    def __init__(self, *, book: OrderBook) -> None:
        self._book = book

    def __call__(
        self,
        organization_id: str,
        order: Order,
        change: Callable[[SeatAssignments], SeatAssignments],
        *,
        users: Iterable[CustomerUser],
        now: datetime,
    ) -> SeatAssignments:
        """The assignments after `change`; `users` are all of the customer's. Raises what `change` raises, and Busy."""
        names = {user.id: user.external_id for user in users}
        for _ in range(_MAX_TRIES):
            seats = self._book.seats(organization_id, order.id)
            after = change(seats.value)
            if after == seats.value:
                return after
            plan = self._book.plan(organization_id, order.customer_id)
            moved = plan.value
            if moved.has_order(order.id):
                seated = {seat_id: names[user_id] for seat_id, user_id in after.users.items() if user_id in names}
                moved = moved.with_seats(order.id, seated, since=day_of(now))
            try:
                self._book.commit_seats(
                    organization_id, order, Stored(after, seats.revision), Stored(moved, plan.revision)
                )
            except OutdatedError:
                continue
            return after
        raise Busy(f"the seats of order {order.id} are being changed by others, try again")
