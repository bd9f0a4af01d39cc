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

from functions.billing.errors import Busy, NotFound
from functions.billing.invoicing.build import BillingFacts, build_invoice
from functions.billing.invoicing.progress import after_billing, kept
from functions.billing.models.invoice import Invoice, InvoiceStatus
from functions.billing.models.schedule import BillingSchedule
from functions.billing.ports import DocumentQueue, InvoiceRegister, Schedules, Stored

Gathering = Callable[[str, Sequence[BillingSchedule]], dict[str, BillingFacts]]
"""What the invoices of an organization's orders are made of: see `gather_facts`."""

_MAX_LOST_ROUNDS = 20

_FEW = 3
"""Customers of one message that may be wrong, and orders of each; where more are, something else is."""

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

        Where something is wrong with an order, the others are billed one by one; where it is so with a few of one
        customer, that customer's rest waits, and with a few customers, all does. Then it raises the first thing that
        was wrong: NotFound when a payer is gone, Busy when others keep billing or changing an order.
        """
        wanted = list(dict.fromkeys(order_ids))
        try:
            return self._bill(organization_id, wanted, as_of=as_of, now=now)
        except Exception:  # whatever it is, it comes up again below, with one order at a time
            if len(wanted) == 1:
                raise
        made: list[Invoice] = []
        failed: dict[str, list[Exception]] = {}
        stored = self._schedules(organization_id, wanted, fresh=False)
        for order_id in wanted:
            of_customer = stored[order_id].value.customer_id if order_id in stored else order_id
            if len(failed.get(of_customer, ())) == _FEW:
                continue  # it is the customer, all of whose orders come back
            try:
                made += self._bill(organization_id, [order_id], as_of=as_of, now=now)
            except Exception as error:  # noqa: BLE001 - raised below, once the others are billed
                error.add_note(f"order {order_id} is not billed")
                failed.setdefault(of_customer, []).append(error)
            if len(failed) == _FEW:
                break  # it is not the customers that are wrong: all of them come back
        if failed:
            raise next(iter(failed.values()))[0]
        return made

    def _bill(self, organization_id: str, remaining: Sequence[str], *, as_of: date, now: datetime) -> list[Invoice]:
        made: list[Invoice] = []
        lost_rounds = 0
        for attempt in count():
            stored = self._schedules(organization_id, remaining, fresh=attempt > 0)
            made += self._keep_promises(organization_id, stored, again=attempt == 0, now=now)
            due = {order_id: each for order_id, each in stored.items() if each.value.is_due(as_of)}
            moved, invoices = self._bill_next(organization_id, due, now=now)
            made += invoices
            remaining = [i for i in due if i not in moved or moved[i].is_due(as_of)]
            lost_rounds = 0 if moved else lost_rounds + 1
            if not remaining:
                break
            if lost_rounds == _MAX_LOST_ROUNDS:
                raise Busy("the orders are billed or changed by too many others, try again")
        return made

    def _schedules(
        self, organization_id: str, order_ids: Sequence[str], *, fresh: bool
    ) -> dict[str, Stored[BillingSchedule]]:
        """One that is a moment old does not move, and is read again; one that is not there yet would be missed."""
        stored = self.schedules.get_many(organization_id, order_ids, fresh=fresh)
        missing = [order_id for order_id in order_ids if order_id not in stored]
        return {**stored, **self.schedules.get_many(organization_id, missing)} if missing and not fresh else stored

    def _bill_next(
        self, organization_id: str, due: Mapping[str, Stored[BillingSchedule]], *, now: datetime
    ) -> tuple[dict[str, BillingSchedule], list[Invoice]]:
        """The next due date of each order: the schedules that moved, by order, and the invoices."""
        facts = self._facts(organization_id, due, due)
        drafts = {order_id: _next_draft(its, now=now) for order_id, its in facts.items()}
        posts = any(draft is not None and draft.auto_post for draft in drafts.values())
        latest = self.register.latest_number(organization_id) if posts else 0
        moves = {order_id: _moved(facts[order_id], draft, latest) for order_id, draft in drafts.items()}
        won = self.schedules.move(organization_id, [Stored(moves[i], due[i].revision) for i in moves])
        made = [_Made(draft, latest) for i, draft in drafts.items() if i in won and draft is not None]
        return {i: moves[i] for i in won}, self._put(organization_id, made, now=now)

    def _keep_promises(
        self, organization_id: str, stored: Mapping[str, Stored[BillingSchedule]], *, again: bool, now: datetime
    ) -> list[Invoice]:
        """Makes what was promised and is missing; with `again`, asks once more for the documents of what is new.

        What this delivery has made itself is looked for by a read that is sure to find it.

        An earlier delivery of the same message may have crashed right before it asked.
        """
        promises = {order_id: each.value.promised for order_id, each in stored.items() if each.value.promised}
        known = self.register.get_many(organization_id, [p.invoice_id for p in promises.values()], fresh=not again)
        if again:
            new = (invoice for invoice in known.values() if (invoice.posted_at or now) > now - _NEW)
            self._ask_for_documents(organization_id, new)
        missing = {i: promise for i, promise in promises.items() if promise.invoice_id not in known}
        facts = self._facts(organization_id, missing, stored)
        made = [_Made(kept(p, facts[order_id], now=now), p.numbered_after) for order_id, p in missing.items()]
        return self._put(organization_id, made, now=now)

    def _facts(
        self, organization_id: str, order_ids: Iterable[str], stored: Mapping[str, Stored[BillingSchedule]]
    ) -> dict[str, BillingFacts]:
        """What their invoices are made of, by order. Raises NotFound."""
        schedules = [stored[order_id].value for order_id in order_ids]
        if not schedules:
            return {}
        facts = self.gather_facts(organization_id, schedules)
        for schedule in schedules:
            if schedule.order_id not in facts:
                raise NotFound("payer of order", schedule.order_id)
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


def _next_draft(facts: BillingFacts, *, now: datetime) -> Invoice | None:
    day = facts.schedule.next_billing_on
    return None if day is None else build_invoice(facts, day, now=now)


def _moved(facts: BillingFacts, draft: Invoice | None, latest: int) -> BillingSchedule:
    """The schedule after its next due date, whatever that charges."""
    if facts.schedule.next_billing_on is None:
        return facts.schedule
    return after_billing(facts, facts.schedule.next_billing_on, draft, numbered_after=latest)
