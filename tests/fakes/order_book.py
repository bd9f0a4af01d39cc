"""What changes together when an order's terms do, in memory."""

from functions.billing.models.amendment import Amendment
from functions.billing.models.order import Order, SeatAssignments
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import RatingPlan
from functions.billing.ports import OutdatedError, Stored
from tests.fakes.checkpoints import FakeCheckpoints
from tests.fakes.collection import FakeCollection
from tests.fakes.schedules import FakeSchedules


class FakeOrderBook:
    """Fulfils `OrderBook` and `SeatBook` over what the other fakes hold."""

    def __init__(self, orders: FakeCollection[Order], checkpoints: FakeCheckpoints, schedules: FakeSchedules) -> None:
        self._orders = orders
        self._checkpoints = checkpoints
        self._schedules = schedules
        self._seats: dict[tuple[str, str], Stored[SeatAssignments]] = {}
        self._amendments: dict[tuple[str, str], Amendment] = {}

    def amendment(self, organization_id: str, amendment_id: str) -> Amendment | None:
        return self._amendments.get((organization_id, amendment_id))

    def plan(self, organization_id: str, customer_id: str) -> Stored[RatingPlan]:
        return self._checkpoints.plan(organization_id, customer_id)

    def commit(
        self,
        organization_id: str,
        *,
        order: Stored[Order],
        plan: Stored[RatingPlan],
        schedule: Stored[BillingSchedule],
        amendment: Amendment | None = None,
        seats: Stored[SeatAssignments] | None = None,
    ) -> None:
        order_id, customer_id = order.value.id, order.value.customer_id
        stored_order = self._orders.stored.get((organization_id, order_id))
        stored_schedule = self._schedules.get(organization_id, order_id)
        are_unchanged = (
            stored_order is not None
            and stored_order.revision == order.revision
            and self.plan(organization_id, customer_id).revision == plan.revision
            and (0 if stored_schedule is None else stored_schedule.revision) == schedule.revision
        )
        are_seated = seats is None or seats.revision == self.seats(organization_id, order_id).revision
        is_done = amendment is not None and self.amendment(organization_id, amendment.id) is not None
        if is_done or not are_unchanged or not are_seated:
            raise OutdatedError
        if seats is not None:
            self._seats[organization_id, order_id] = Stored(seats.value, seats.revision + 1)
        if amendment is not None:
            self._amendments[organization_id, amendment.id] = amendment
        self._orders.stored[organization_id, order_id] = Stored(order.value, order.revision + 1)
        self._checkpoints.plans[organization_id, customer_id] = Stored(plan.value, plan.revision + 1)
        self._schedules.move(organization_id, [schedule])

    def seats(self, organization_id: str, order_id: str) -> Stored[SeatAssignments]:
        return self._seats.get((organization_id, order_id), Stored(SeatAssignments(), 0))

    def commit_seats(
        self, organization_id: str, order: Order, seats: Stored[SeatAssignments], plan: Stored[RatingPlan]
    ) -> None:
        if (
            self.seats(organization_id, order.id).revision != seats.revision
            or self.plan(organization_id, order.customer_id).revision != plan.revision
        ):
            raise OutdatedError
        self._seats[organization_id, order.id] = Stored(seats.value, seats.revision + 1)
        self._checkpoints.plans[organization_id, order.customer_id] = Stored(plan.value, plan.revision + 1)
