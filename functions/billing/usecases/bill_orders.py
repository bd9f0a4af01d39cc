"""Some orders of an organization are billed up to a day (law 3), in as few calls as there are steps, not orders.

Per due date: rate to the end of the log, make the drafts, move the schedules, number what posts itself, put the
invoices, ask for their documents. The move is the one that counts: it is made of the revision that was read, so that
neither a second run nor a change of the terms comes between, and it promises the invoice. What a crash leaves promised,
the next call makes: the same invoice with the same number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import TypeVar

from functions.billing.errors import Busy, NotFound
from functions.billing.invoicing.build import BillingFacts, build_invoice
from functions.billing.invoicing.progress import after_billing, kept
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import DocumentQueue, InvoiceRegister, Schedules, Stored

Gathering = Callable[[str, Sequence[BillingSchedule]], dict[str, BillingFacts]]
"""What the invoices of an organization's orders are made of: see `gather_facts`."""

T = TypeVar("T")

_MAX_LOST_ROUNDS = 20

_NEW = timedelta(hours=12)
"""What was posted before is not of this message, however often SQS delivers it."""


@dataclass(frozen=True, slots=True)
class _Made:
    """An invoice as it is to be put, with what follows from the schedule that promises it."""

    draft: Invoice
    numbered_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BillOrders:
    """Makes every invoice of the orders that is due."""

    schedules: Schedules
    register: InvoiceRegister
    documents: DocumentQueue
    gather_facts: Gathering

    def __call__(self, organization_id: str, order_ids: Sequence[str], *, as_of: date, now: datetime) -> list[Invoice]:
        """The invoices due on or before `as_of` that this call made, and those it found promised and missing.

        Raises Busy when others keep billing or changing the orders, and, after all the others were billed, what went
        wrong with an order: NotFound when its payer is gone.
        """
        made: list[Invoice] = []
        failed: dict[str, Exception] = {}
        lost_rounds = 0
        remaining = list(dict.fromkeys(order_ids))
        for attempt in count():
            stored = self._schedules(organization_id, remaining, fresh=attempt > 0)
            made += self._keep_promises(organization_id, stored, failed, again=attempt == 0, now=now)
            due = {i: each for i, each in stored.items() if each.value.is_due(as_of) and i not in failed}
            moved, invoices = self._bill_next(organization_id, due, failed, now=now)
            made += invoices
            remaining = [i for i in due if i not in failed and (i not in moved or moved[i].is_due(as_of))]
            lost_rounds = 0 if moved else lost_rounds + 1
            if not remaining:
                break
            if lost_rounds == _MAX_LOST_ROUNDS:
                raise Busy("the orders are billed or changed by too many others, try again")
        _raise_first(failed)
        return made

    def _schedules(
        self, organization_id: str, order_ids: Sequence[str], *, fresh: bool
    ) -> dict[str, Stored[BillingSchedule]]:
        """One that is a moment old does not move, and is read again; one that is not there yet would be missed."""
        stored = self.schedules.get_many(organization_id, order_ids, fresh=fresh)
        missing = [order_id for order_id in order_ids if order_id not in stored]
        return {**stored, **self.schedules.get_many(organization_id, missing)} if missing and not fresh else stored

    def _bill_next(
        self,
        organization_id: str,
        due: Mapping[str, Stored[BillingSchedule]],
        failed: dict[str, Exception],
        *,
        now: datetime,
    ) -> tuple[dict[str, BillingSchedule], list[Invoice]]:
        """The next due date of each order: the schedules that moved, by order, and the invoices."""
        facts = self._facts(organization_id, due, due, failed)
        drafts = _each(facts, lambda its: _next_draft(its, now=now), failed)
        posts = any(draft is not None and draft.auto_post for draft in drafts.values())
        latest = self.register.latest_number(organization_id) if posts else 0
        moves = {order_id: _moved(facts[order_id], draft, latest) for order_id, draft in drafts.items()}
        won = self.schedules.move(organization_id, [Stored(moves[i], due[i].revision) for i in moves])
        made = [_Made(draft, latest) for i, draft in drafts.items() if i in won and draft is not None]
        return {i: moves[i] for i in won}, self._put(organization_id, made, now=now)

    def _keep_promises(
        self,
        organization_id: str,
        stored: Mapping[str, Stored[BillingSchedule]],
        failed: dict[str, Exception],
        *,
        again: bool,
        now: datetime,
    ) -> list[Invoice]:
        """Makes what was promised and is missing; with `again`, asks once more for the documents of what is new.

        An earlier delivery of the same message may have crashed right before it asked.
        """
        promises = {order_id: each.value.promised for order_id, each in stored.items() if each.value.promised}
        known = self.register.get_many(organization_id, [p.invoice_id for p in promises.values()], fresh=False)
        if again:
            new = (invoice for invoice in known.values() if (invoice.posted_at or now) > now - _NEW)
            self._ask_for_documents(organization_id, new)
        missing = {i: promise for i, promise in promises.items() if promise.invoice_id not in known}
        facts = self._facts(organization_id, missing, stored, failed)
        drafts = _each(facts, lambda its: kept(missing[its.order.id], its, now=now), failed)
        made = [_Made(draft, missing[order_id].numbered_after) for order_id, draft in drafts.items()]
        return self._put(organization_id, made, now=now)

    def _facts(
        self,
        organization_id: str,
        order_ids: Iterable[str],
        stored: Mapping[str, Stored[BillingSchedule]],
        failed: dict[str, Exception],
    ) -> dict[str, BillingFacts]:
        """What their invoices are made of, by order."""
        schedules = [stored[order_id].value for order_id in order_ids]
        if not schedules:
            return {}
        facts = self.gather_facts(organization_id, schedules)
        gone = [schedule.order_id for schedule in schedules if schedule.order_id not in facts]
        failed.update((order_id, NotFound("payer of order", order_id)) for order_id in gone)
        return facts

    def _put(self, organization_id: str, made: Sequence[_Made], *, now: datetime) -> list[Invoice]:
        """Numbers those that post themselves, puts all of them, and asks for the documents."""
        posting = [each for each in made if each.draft.auto_post]
        numbers = self.register.take_numbers(
            organization_id,
            [each.draft.id for each in posting],
            after=min((each.numbered_after for each in posting), default=0),
        )
        invoices = [
            each.draft.posted(number=numbers[each.draft.id], now=now) if each.draft.auto_post else each.draft
            for each in made
        ]
        if invoices:
            self.register.insert(organization_id, invoices)
        self._ask_for_documents(organization_id, invoices)
        return invoices

    def _ask_for_documents(self, organization_id: str, invoices: Iterable[Invoice]) -> None:
        posted = [invoice.id for invoice in invoices if invoice.status is InvoiceStatus.POSTED]
        if posted:
            self.documents.send(organization_id, posted)


def _each(
    facts: Mapping[str, BillingFacts], make: Callable[[BillingFacts], T], failed: dict[str, Exception]
) -> dict[str, T]:
    """What is made of each order's facts; one that fails is noted, and holds up no other."""
    made: dict[str, T] = {}
    for order_id, its in facts.items():
        try:
            made[order_id] = make(its)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this order is raised after the others are billed
            failed[order_id] = error
    return made


def _next_draft(facts: BillingFacts, *, now: datetime) -> Invoice | None:
    day = facts.schedule.next_billing_on
    return None if day is None else build_invoice(facts, day, now=now)


def _moved(facts: BillingFacts, draft: Invoice | None, latest: int) -> BillingSchedule:
    """The schedule after its next due date, whatever that charges."""
    if facts.schedule.next_billing_on is None:
        return facts.schedule
    return after_billing(facts.schedule, facts.order, facts.schedule.next_billing_on, draft, numbered_after=latest)


def _raise_first(failed: Mapping[str, Exception]) -> None:
    for order_id, error in failed.items():
        error.add_note(f"order {order_id} is not billed, nor {len(failed) - 1} others of the message")
        raise error
