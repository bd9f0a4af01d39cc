"""A draft order becomes active: billing starts, and signals of its customer and products begin to count."""

from collections.abc import Callable, Mapping
from datetime import datetime

from functions.billing.errors import Busy
from functions.billing.invoicing.dues import first_schedule
from functions.billing.invoicing.terms import check_billable, check_seat_credits
from functions.billing.models.customer import CreationState
from functions.billing.models.order import Order
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import day_of
from functions.billing.ports import Collection, InvoiceQueue, OrderBook, OutdatedError, Stored

_MAX_TRIES = 10


OpensBook = Callable[[str, str], None]
"""Makes an organization's customer be found among those that have credits: see `CreditBooks`."""

Seated = Callable[[str, Order], Mapping[str, str]]
"""Who sits on an order's seats, by their external ids: asked only of one whose seats have credits of their own."""


class ActivateOrder:
    """Order, rating plan and billing schedule change together or not at all."""

    def __init__(
        self,
        *,
        orders: Collection[Order],
        book: OrderBook,
        invoices: InvoiceQueue,
        seated: Seated,
        opens_book: OpensBook,
    ) -> None:
        self._orders = orders
        self._book = book
        self._seated = seated
        self._opens_book = opens_book
        self._invoices = invoices

    def __call__(self, organization_id: str, order_id: str, *, now: datetime) -> Order:
        """The active order; activating it again changes nothing but asks for its invoices again.

        Should the message that asks for them be lost, the daily run finds the schedule.

        Raises:
            NotFound: there is no such order.
            InvalidInput: the order has nothing to bill, no price in its currency, or credits for too many seats.
        """
        order = self._activate(organization_id, order_id, now=now)
        self._invoices.send(organization_id, [order_id], as_of=day_of(now))
        return order

    def _activate(self, organization_id: str, order_id: str, *, now: datetime) -> Order:
        for _ in range(_MAX_TRIES):
            draft = self._orders.get(organization_id, order_id)
            if draft.creation_state is CreationState.ACTIVE:
                return draft
            check_billable(draft)
            plan = self._book.plan(organization_id, draft.customer_id)
            check_seat_credits(draft, plan.value, since=day_of(draft.start_date))
            active = draft.activated(now=plan.value.next_moment(now) if draft.has_credits else now)
            if active.has_credits:
                self._opens_book(organization_id, draft.customer_id)
            try:
                self._book.commit(
                    organization_id,
                    order=Stored(active, draft.version),
                    plan=Stored(self._planned(organization_id, plan.value, active), plan.revision),
                    schedule=Stored(first_schedule(active), 0),
                )
            except OutdatedError:
                continue
            return active
        raise Busy(f"order {order_id} is being changed by others, try again")

    def _planned(self, organization_id: str, plan: RatingPlan, order: Order) -> RatingPlan:
        """Whoever was given a seat while the order was a draft has it from the beginning."""
        after = plan.with_order(order)
        if not order.gives_seats_credits:
            return after
        return after.with_seats(order.id, self._seated(organization_id, order), since=day_of(order.start_date))
