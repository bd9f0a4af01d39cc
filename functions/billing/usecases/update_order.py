"""An order's terms change. What billing goes by is fixed once the order is active, but for its end."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.billing.errors import Busy, InvalidInput
from functions.billing.invoicing.lines import next_due_day
from functions.billing.invoicing.terms import check_billable, check_dates, check_end
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.ports import Collection, OrderBook, OutdatedError, Schedules, Stored

FIXED_WHEN_ACTIVE = {"start_date": "startDate", "billing_anchor": "billingAnchor"}

PartiesCheck = Callable[[str, Order], None]
"""Refuses an organization's order that names somebody unknown: see `check_parties`."""

_PARTIES = {"billing_customer_id", "billing_contact_ids"}
_MAX_TRIES = 10


class UpdateOrder:
    """Changes an order; the end of an active one changes its rating plan and schedule in the same transaction."""

    def __init__(
        self, *, orders: Collection[Order], book: OrderBook, schedules: Schedules, check_parties: PartiesCheck
    ) -> None:
        self._orders = orders
        self._book = book
        self._schedules = schedules
        self._check_parties = check_parties

    def __call__(
        self,
        organization_id: str,
        order_id: str,
        update: Mapping[str, Any],
        *,
        state: CreationState | None,
        now: datetime,
    ) -> Order:
        """The order with the fields of `update` changed; `state` is what it is to become, None when not said.

        Activating is another use case: here it is only checked that it will be possible.

        Raises:
            NotFound: there is no such order.
            InvalidInput: it names somebody unknown, the dates do not fit, or something would change that is fixed.
        """
        order = self._orders.get(organization_id, order_id)
        changed = _changed(order, update, now=now)
        if _PARTIES & update.keys():
            self._check_parties(organization_id, changed)
        if state is CreationState.ACTIVE:
            check_billable(changed)
        if state is CreationState.DRAFT and order.creation_state is CreationState.ACTIVE:
            raise InvalidInput(f"creationState is 'draft', but order {order_id} is active and stays so")
        if order.creation_state is CreationState.ACTIVE and changed.end_date != order.end_date:
            end = {"end_date": changed.end_date}  # nothing else: the book moves no pointers and no dependants
            self._move_end(organization_id, order_id, end, now=now)
        return self._orders.modify(organization_id, order_id, lambda newest: _changed(newest, update, now=now))

    def _move_end(self, organization_id: str, order_id: str, update: Mapping[str, Any], *, now: datetime) -> None:
        for _ in range(_MAX_TRIES):
            before = self._orders.get(organization_id, order_id)
            schedule = self._schedules.get(organization_id, order_id)
            if schedule is None:
                return  # still a draft when read again: an ordinary change
            after = _changed(before, update, now=now).model_copy(update={"version": before.version + 1})
            billed_until = schedule.value.billed_until
            check_end(before, after, billed_until=billed_until)
            plan = self._book.plan(organization_id, before.customer_id)
            moved = schedule.value.model_copy(update={"next_billing_on": next_due_day(after, billed_until)})
            try:
                self._book.commit(
                    organization_id,
                    order=Stored(after, before.version),
                    plan=Stored(plan.value.with_order(after), plan.revision),
                    schedule=Stored(moved, schedule.revision),
                )
            except OutdatedError:
                continue
            return
        raise Busy(f"order {order_id} is being changed by others, try again")


def _changed(order: Order, update: Mapping[str, Any], *, now: datetime) -> Order:
    """The order after the update, checked; the same object when nothing changes."""
    if all(getattr(order, name) == value for name, value in update.items()):
        return order
    if order.creation_state is CreationState.ACTIVE:
        for name, field in FIXED_WHEN_ACTIVE.items():
            if update.get(name, getattr(order, name)) != getattr(order, name):
                raise InvalidInput(f"{field} cannot change: order {order.id} is active and billed by it")
    changed = order.model_copy(update={**update, "updated_at": now})
    check_dates(changed)
    return changed
