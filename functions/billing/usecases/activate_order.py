"""A draft order becomes active: billing starts, and signals of its customer and products begin to count."""

from datetime import datetime

from functions.billing.errors import Busy, InvalidInput
from functions.billing.invoicing.lines import next_due_day
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import Collection, OrderBook, OutdatedError, Schedules, Stored

_MAX_TRIES = 10


class ActivateOrder:
    """Order, rating plan and billing schedule change together or not at all."""

    def __init__(self, *, orders: Collection[Order], book: OrderBook, schedules: Schedules) -> None:
        self._orders = orders
        self._book = book
        self._schedules = schedules

    def __call__(self, organization_id: str, order_id: str, *, now: datetime) -> Order:
        """The active order; activating it again changes nothing.

        Raises:
            NotFound: there is no such order.
            InvalidInput: the order has nothing to bill, or no price in its currency.
        """
        for _ in range(_MAX_TRIES):
            draft = self._orders.get(organization_id, order_id)
            if draft.creation_state is CreationState.ACTIVE:
                return draft
            _check(draft)
            active = draft.model_copy(
                update={
                    "creation_state": CreationState.ACTIVE,
                    "activated_at": now,
                    "updated_at": now,
                    "version": draft.version + 1,
                }
            )
            plan = self._book.plan(organization_id, draft.customer_id)
            schedule = BillingSchedule(
                order_id=order_id,
                customer_id=draft.customer_id,
                next_billing_on=next_due_day(active),
            )
            try:
                self._book.commit(
                    organization_id,
                    order=Stored(active, draft.version),
                    plan=Stored(plan.value.with_order(active), plan.revision),
                    schedule=Stored(schedule, 0),
                )
            except OutdatedError:
                continue
            return active
        raise Busy(f"order {order_id} is being changed by others, try again")


def _check(order: Order) -> None:
    """A mistake that would bill wrongly for months is refused now."""
    if not any(line.attributes for line in order.lines):
        raise InvalidInput(f"order {order.id} has no priced line, expected at least one")
    for line, attribute in order.attributes():
        try:
            attribute.pricing.price_in(order.currency)
        except InvalidInput as error:
            raise InvalidInput(f"line {line.name!r}, attribute {attribute.name!r}: {error}") from error
