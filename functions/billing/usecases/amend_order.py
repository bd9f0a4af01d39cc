"""A running order is amended: shown before, and done as it was shown."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from functions.billing.amending.standing import Standing, charging_invoices, uncollected, with_charged_ends
from functions.billing.errors import Busy, Conflict, NotFound
from functions.billing.ids import derived_uuid
from functions.billing.invoicing.dues import next_billing_day
from functions.billing.invoicing.terms import check_seat_credits
from functions.billing.models.amendment import (
    AddAttribute,
    Amendment,
    AmendmentPlan,
    Asked,
    Intent,
    Treatment,
    UpdatePricing,
)
from functions.billing.models.invoice import Invoice, InvoiceStatus, rebill_id
from functions.billing.models.order import Order, SeatAssignments, is_seat
from functions.billing.models.pricing import Pricing
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.usage import RatingPlan
from functions.billing.periods import day_of
from functions.billing.ports import Collection, InvoiceQueue, OrderBook, OutdatedError, Schedules, Stored

if TYPE_CHECKING:
    from functions.billing.amending.plan import Planned
    from functions.billing.models.product import Product

CurrenciesCheck = Callable[[str, Iterable[Pricing]], None]
"""Refuses an organization's prices in credits that nobody may sell in: see `check_currencies`."""

_MAX_TRIES = 10


class Invoices(Protocol):
    def get_many(
        self, organization_id: str, invoice_ids: Iterable[str], *, fresh: bool = True
    ) -> dict[str, Invoice]: ...


Seated = Callable[[str, Order], Mapping[str, str]]
"""Who sits on the seats of an organization's order, by their external ids."""


class PlanConflict(Conflict):
    """What was seen is not what is there any more."""

    code = "PLAN_CONFLICT"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request: the intents for the order at one of its versions, and the digest by which a repeat is told."""

    order_version: int
    intents: Sequence[Asked]
    default: Treatment | None = None
    plan_hash: str | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an amendment is planned from, with the revisions that it replaces. A draft has no schedule."""

    order: Order
    plan: Stored[RatingPlan]
    schedule: Stored[BillingSchedule] | None
    seats: Stored[SeatAssignments] | None
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder:
    """Order, rating plan, billing schedule and the record of the amendment change together or not at all."""

    orders: Collection[Order]
    book: OrderBook
    schedules: Schedules
    register: Invoices
    seated: Seated
    products: "Collection[Product]"
    check_currencies: CurrenciesCheck
    queue: InvoiceQueue

    def standing(self, organization_id: str, order_id: str, *, now: datetime) -> tuple[Order, Standing]:
        """What it takes to tell what is possible. Raises NotFound."""
        seen = self._seen(organization_id, order_id, now=now)
        return seen.order, seen.standing

    def preview(self, organization_id: str, order_id: str, wanted: Wanted, *, now: datetime) -> AmendmentPlan:
        """What executing it at this moment would do. Raises NotFound, PlanConflict, and what `planned` raises."""
        seen = self._seen(organization_id, order_id, now=now)
        return self._planned(organization_id, seen, wanted, now=now).plan

    def execute(self, organization_id: str, order_id: str, wanted: Wanted, *, now: datetime) -> Amendment:
        """Does it, and asks for the invoice of today; a repeat of the request answers what was done, and asks again.

        Should the message that asks get lost, the daily run finds the schedule.

        Raises:
            NotFound: there is no such order, or the intents name something that it has not.
            PlanConflict: the order was changed since it was looked at, or the plan is not the one that was shown.
            InvalidInput: an intent is not possible.
            Busy: others keep changing or billing the order.
        """
        amendment = self._execute(organization_id, order_id, wanted, now=now)
        self.queue.send(organization_id, [order_id], as_of=day_of(now))
        return amendment

    def _execute(self, organization_id: str, order_id: str, wanted: Wanted, *, now: datetime) -> Amendment:
        for _ in range(_MAX_TRIES):
            seen = self._seen(organization_id, order_id, now=now)
            amendment_id = derived_uuid("amendment", order_id, str(wanted.order_version))
            if seen.order.version != wanted.order_version:
                done = self.book.amendment(organization_id, amendment_id)
                if done is not None and done.request == wanted.digest:
                    return done
            made = self._planned(organization_id, seen, wanted, now=now)
            if seen.schedule is None:
                raise NotFound("billing schedule of order", order_id)
            if not self.schedules.is_kept(organization_id, seen.schedule.value):
                raise Busy(f"order {order_id} is being billed, try again")
            amendment = _recorded(amendment_id, seen.order, made, wanted, now=now)
            try:
                self._commit(organization_id, seen, seen.schedule, made.order, amendment)
            except OutdatedError:
                continue
            return amendment
        raise Busy(f"order {order_id} is being changed by others, try again")

    def _commit(
        self,
        organization_id: str,
        seen: _Seen,
        schedule: Stored[BillingSchedule],
        after: Order,
        amendment: Amendment,
    ) -> None:
        """Who sits where is written as it was: whoever assigns a seat meanwhile looks at the order again."""
        next_on = next_billing_day(after, schedule.value.billed_until)
        moved = schedule.value.model_copy(update={"next_billing_on": next_on, "terms": after.version})
        self.book.commit(
            organization_id,
            order=Stored(after, seen.order.version),
            plan=Stored(_replanned(seen, after), seen.plan.revision),
            schedule=Stored(moved, schedule.revision),
            amendment=amendment,
            seats=seen.seats,
        )

    def _planned(self, organization_id: str, seen: _Seen, wanted: Wanted, *, now: datetime) -> "Planned":
        from functions.billing.amending.plan import planned  # noqa: PLC0415 - who asks for options plans nothing

        order = seen.order
        if order.version != wanted.order_version:
            raise PlanConflict(
                f"orderVersion is {wanted.order_version}, expected {order.version}: order {order.id} has changed since"
            )
        intents = self._resolved(organization_id, order, wanted.intents)
        made = planned(order, seen.standing, intents, default=wanted.default, now=now)
        check_seat_credits(made.order, seen.plan.value, since=seen.standing.today)
        if wanted.plan_hash is not None and wanted.plan_hash != made.plan.plan_hash:
            raise PlanConflict(
                f"planHash is {wanted.plan_hash}, expected {made.plan.plan_hash}: what the amendment comes to has "
                "changed since it was shown"
            )
        return made

    def _resolved(self, organization_id: str, order: Order, asked: Sequence[Asked]) -> list[Intent]:
        from functions.billing.amending.catalogue import products_named, resolved  # noqa: PLC0415 - as for additions

        named = products_named(asked)
        products = self.products.get_many(organization_id, named) if named else {}
        intents = resolved(asked, products, currency=order.currency)
        own = [each.pricing for each in intents if isinstance(each, AddAttribute | UpdatePricing)]
        self.check_currencies(organization_id, [pricing for pricing in own if pricing is not None])
        return intents

    def _seen(self, organization_id: str, order_id: str, *, now: datetime) -> _Seen:
        """The schedule is read first: whoever changes what is read after it moves its revision."""
        schedule = self.schedules.get(organization_id, order_id)
        order = self.orders.get(organization_id, order_id)
        plan = self.book.plan(organization_id, order.customer_id)
        standing = Standing(
            today=day_of(now),
            billed_until=None if schedule is None else schedule.value.billed_until,
            plan=plan.value,
        )
        charging = charging_invoices(order, standing)
        invoices = self._invoices(organization_id, charging.values())
        order, voided = with_charged_ends(order, charging, invoices), uncollected(charging, invoices)
        has_seats = any(is_seat(attribute) for _, attribute in order.attributes())
        seats = self.book.seats(organization_id, order.id) if has_seats else None
        seated = self.seated(organization_id, order) if has_seats else dict[str, str]()
        return _Seen(order, plan, schedule, seats, replace(standing, uncollected=voided, seated=seated))

    def _invoices(self, organization_id: str, invoice_ids: Iterable[str]) -> dict[str, Invoice]:
        """Those that exist, and those that bill voided ones again."""
        found: dict[str, Invoice] = {}
        wanted = set(invoice_ids)
        while wanted:
            read = self.register.get_many(organization_id, wanted)
            found |= read
            wanted = {rebill_id(each) for each in read.values() if each.status is InvoiceStatus.VOIDED}
        return found


def _replanned(seen: _Seen, after: Order) -> RatingPlan:
    """With credits that the seats have of their own, for whoever sits there."""
    plan = seen.plan.value.with_order(after)
    if not after.gives_seats_credits:
        return plan
    return plan.with_seats(after.id, seen.standing.seated, since=seen.standing.today)


def _recorded(amendment_id: str, before: Order, made: "Planned", wanted: Wanted, *, now: datetime) -> Amendment:
    known, live = {line.id for line in before.lines}, set(_lines_that_stand(before))
    return Amendment(
        id=amendment_id,
        order_id=before.id,
        request=wanted.digest,
        version=made.order.version,
        executed_at=now,
        ended_line_ids=tuple(sorted(live - set(_lines_that_stand(made.order)))),
        created_line_ids=tuple(line.id for line in made.order.lines if line.id not in known),
        plan=made.plan,
    )


def _lines_that_stand(order: Order) -> Iterator[str]:
    """Those on which something goes on until they end by themselves."""
    for line in order.lines:
        if any(attribute.term.ends_on is None for attribute in line.attributes):
            yield line.id
