"""The next invoice of an order, made and not stored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from functions.billing.errors import InvalidInput, NotFound, NothingToBill
from functions.billing.invoicing.build import BillingFacts
from functions.billing.invoicing.dues import first_schedule
from functions.billing.invoicing.preview import next_invoice
from functions.billing.invoicing.progress import kept
from functions.billing.invoicing.terms import check_billable
from functions.billing.models.customer import CreationState
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import Checkpoint
from functions.billing.periods import day_of
from functions.billing.ports import Collection, Schedules

MAX_DAYS_AHEAD = 3660
"""Ten years, the longest period there is. Every invoice until then is made on the way."""

Ratings = Callable[[str, Iterable[str]], dict[str, dict[int, Checkpoint]]]
Gathering = Callable[[str, Sequence[BillingSchedule]], dict[str, BillingFacts]]
"""What invoices are made of: see `gather_facts`."""


class Peek(Protocol):
    """Rates without storing: see `peek_ratings`."""

    def __call__(
        self, organization_id: str, customer_ids: Iterable[str], *, as_if_active: Order | None = None
    ) -> dict[str, dict[int, Checkpoint]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewInvoice:
    """Shows what the billing run would make if nothing changed until then; a draft order as if activated now."""

    orders: Collection[Order]
    schedules: Schedules
    peek: Peek
    gathering: Callable[[Ratings], Gathering]
    """Gathers facts with the usage that the given ratings find."""

    def __call__(self, organization_id: str, order_id: str, *, as_of: date | None, now: datetime) -> Invoice:
        """The first invoice not made yet; with `as_of` the first of that day or later.

        Raises:
            NotFound: there is no such order, or nobody to pay it.
            NothingToBill: no invoice is to come.
            InvalidInput: `as_of` is too far ahead, or the order is a draft that cannot be activated.
        """
        latest = day_of(now) + timedelta(days=MAX_DAYS_AHEAD)
        if as_of is not None and as_of > latest:
            raise InvalidInput(f"asOf is {as_of}, expected no day after {latest}")
        facts = self._facts(organization_id, self.orders.get(organization_id, order_id), now=now)
        not_before = as_of or date.min
        invoice = self._promised(organization_id, facts, now=now)
        if invoice is None or invoice.issue_date < not_before:
            invoice = next_invoice(facts, not_before=not_before, now=now)
        if invoice is None:
            raise NothingToBill(order_id, as_of=as_of)
        return invoice

    def _promised(self, organization_id: str, facts: BillingFacts, *, now: datetime) -> Invoice | None:
        """What a crash left unmade, if it did."""
        promise = facts.schedule.promised
        if promise is None or self.schedules.is_kept(organization_id, facts.schedule):
            return None
        return kept(promise, facts, now=now)

    def _facts(self, organization_id: str, order: Order, *, now: datetime) -> BillingFacts:
        stored = self.schedules.get(organization_id, order.id)
        if stored is not None:
            return self._gathered(organization_id, stored.value, self.peek)
        check_billable(order)
        active = order.activated(now=now) if order.creation_state is CreationState.DRAFT else order
        facts = self._gathered(organization_id, first_schedule(active), partial(self.peek, as_if_active=active))
        return replace(facts, order=active)

    def _gathered(self, organization_id: str, schedule: BillingSchedule, ratings: Ratings) -> BillingFacts:
        facts = self.gathering(ratings)(organization_id, [schedule]).get(schedule.order_id)
        if facts is None:
            raise NotFound("payer of order", schedule.order_id)
        return facts
