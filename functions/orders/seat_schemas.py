"""Seats on the wire (contract: Order, Seats)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from functions.billing.models.customer import CustomerUser
from functions.billing.models.seats import Seat
from functions.runtime.fields import Id
from functions.runtime.wire import MomentOut, OptionalText, Paging, Wire


class SeatStatus(StrEnum):
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"


class AssigneeOut(Wire):
    id: str
    external_id: str
    email: str | None


class SeatOut(Wire):
    id: str
    order_id: str
    product_external_id: str | None
    status: SeatStatus
    assignee: AssigneeOut | None
    created_at: MomentOut
    updated_at: MomentOut


class SeatsOut(Wire):
    data: list[SeatOut]


class SeatQuery(Paging):
    product_external_id: str | None = None
    status: SeatStatus | None = None

    def takes(self, seat: SeatOut) -> bool:
        of_product = self.product_external_id is None or seat.product_external_id == self.product_external_id
        return of_product and (self.status is None or seat.status is self.status)


class UpdateSeat(Wire):
    """Null frees the seat; so does saying nothing."""

    user_external_id: OptionalText = None


class Assignment(Wire):
    seat_id: Id
    user_external_id: OptionalText = None


class AssignSeats(Wire):
    """All or none of them; the later of two for the same seat counts."""

    assignments: Annotated[list[Assignment], Field(max_length=1000)]

    def by_seat(self) -> dict[str, str | None]:
        return {assignment.seat_id: assignment.user_external_id for assignment in self.assignments}


def seat_out(seat: Seat, users: Iterable[CustomerUser]) -> SeatOut:
    user = next((user for user in users if user.id == seat.user_id), None)
    return SeatOut(
        id=seat.id,
        order_id=seat.order_id,
        product_external_id=seat.product_external_id,
        status=SeatStatus.UNASSIGNED if user is None else SeatStatus.ASSIGNED,
        assignee=user and AssigneeOut(id=user.id, external_id=user.external_id, email=user.email),
        created_at=seat.created_at,
        updated_at=seat.updated_at,
    )
