"""An order's terms change. What billing goes by is fixed once the order is active, but for its end."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from functions.billing.errors import Busy, InvalidInput
from functions.billing.invoicing.dues import next_billing_day
from functions.billing.invoicing.terms import (
    check_billable,
    check_end,
    check_payment_terms,
    check_seat_credits,
    check_span,
    check_unclaimed,
    end_by_terms,
    with_charged_periods,
)
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.periods import day_of
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
        for _ in range(_MAX_TRIES):
            order = self._orders.get(organization_id, order_id)
            self._check(organization_id, order, update, state=state, now=now)
            try:
                return self._write(organization_id, order, update, now=now)
            except OutdatedError:
                continue
        raise Busy(f"order {order_id} is being changed by others, try again")

    def _check(
        self,
        organization_id: str,
        order: Order,
        update: Mapping[str, Any],
        *,
        state: CreationState | None,
        now: datetime,
    ) -> None:
        """Everything that can be refused is, before anything is written."""
        changed = _changed(order, update, now=now)
        if changed.payment_terms != order.payment_terms:
            check_payment_terms(changed.payment_terms)
        if _PARTIES & update.keys():
            self._check_parties(organization_id, changed)
        if state is CreationState.ACTIVE:
            check_billable(changed)
            if changed.gives_seats_credits:
                plan = self._book.plan(organization_id, order.customer_id).value
                check_seat_credits(changed, plan, since=day_of(changed.start_date))
        if state is CreationState.DRAFT and order.creation_state is CreationState.ACTIVE:
            raise InvalidInput(f"creationState is 'draft', but order {order.id} is active and stays so")
        schedule = self._schedules.get(organization_id, order.id)
        if schedule is not None and changed.billing_customer_id != order.billing_customer_id:
            self._check_kept(organization_id, schedule.value)
        if schedule is not None:
            check_end(order, changed, billed_until=schedule.value.billed_until, today=day_of(now))
            check_unclaimed(order, changed, self._book.plan(organization_id, order.customer_id).value)

    def _write(self, organization_id: str, order: Order, update: Mapping[str, Any], *, now: datetime) -> Order:
        """The end of an active order goes apart, and last: external ids may still be refused, and nothing moved then.

        Raises OutdatedError when the order was activated, or its terms moved, since it was read.
        """
        moves_end = order.creation_state is CreationState.ACTIVE and "end_date" in update
        rest = {name: value for name, value in update.items() if name != "end_date" or not moves_end}

        def change(newest: Order) -> Order:
            if newest.creation_state is not order.creation_state:
                raise OutdatedError
            return _changed(newest, rest, now=now)

        changed = self._orders.modify(organization_id, order.id, change)
        if not moves_end or changed.end_date == update["end_date"]:
            return changed
        return self._move_end(organization_id, changed, update["end_date"], now=now)

    def _check_kept(self, organization_id: str, schedule: BillingSchedule) -> None:
        """What a promised invoice is made of may not change before it is made. Raises Busy."""
        if not self._schedules.is_kept(organization_id, schedule):
            raise Busy(f"order {schedule.order_id} is being billed, try again")

    def _move_end(self, organization_id: str, before: Order, end: datetime | None, *, now: datetime) -> Order:
        schedule = self._schedules.get(organization_id, before.id)
        if schedule is None:
            raise OutdatedError
        ended = {"end_date": end}  # nothing else: the book moves no pointers and no dependants
        after = _changed(before, ended, now=now)
        moved_at = None if before.end_moved_at is None else now  # until an amendment `updated_at` says enough
        after = after.model_copy(update={"version": before.version + 1, "end_moved_at": moved_at})
        self._check_kept(organization_id, schedule.value)
        billed_until = schedule.value.billed_until
        after = with_charged_periods(before, after, billed_until=billed_until)
        check_end(before, after, billed_until=billed_until, today=day_of(now))
        plan = self._book.plan(organization_id, before.customer_id)
        check_unclaimed(before, after, plan.value)
        moved = {"next_billing_on": next_billing_day(after, billed_until), "terms": after.version}
        self._book.commit(
            organization_id,
            order=Stored(after, before.version),
            plan=Stored(plan.value.with_order(after), plan.revision),
            schedule=Stored(schedule.value.model_copy(update=moved), schedule.revision),
        )
        return after


def _changed(order: Order, update: Mapping[str, Any], *, now: datetime) -> Order:
    """The order after the update, checked; the same object when nothing changes."""
    update = _with_end(order, update)
    if all(getattr(order, name) == value for name, value in update.items()):
        return order
    if order.creation_state is CreationState.ACTIVE:
        for name, field in FIXED_WHEN_ACTIVE.items():
            if update.get(name, getattr(order, name)) != getattr(order, name):
                raise InvalidInput(f"{field} cannot change: order {order.id} is active and billed by it")
    changed = order.model_copy(update={**update, "updated_at": now})
    check_span(changed)
    return changed


def _with_end(order: Order, update: Mapping[str, Any]) -> Mapping[str, Any]:
    """The update, and the end that it gives a draft by its terms.

    An open end is set by terms that are given; one that lies where the terms put it follows them and the start. Any
    other was given by somebody and stays. Terms taken away take no end with them.
    """
    if order.creation_state is CreationState.ACTIVE:
        return update
    changed = order.model_copy(update={**update})
    is_set = changed.end_date is None and update.get("subscription_terms") is not None
    follows = "end_date" not in update and order.end_date is not None and order.end_date == end_by_terms(order)
    return {**update, "end_date": end_by_terms(changed) or changed.end_date} if is_set or follows else update
