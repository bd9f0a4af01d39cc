"""What customers and products earn, and what they cost: from the invoices, the orders and the log. Writes nothing."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from functions.billing.errors import InvalidInput
from functions.billing.invoicing.build import BillingFacts
from functions.billing.invoicing.replay import billing_days
from functions.billing.margin.accrual import still_to_invoice
from functions.billing.margin.calls import Call, appended_since, calls_of
from functions.billing.margin.effort import MOST_STEPS, Effort, TooMuchEffortError
from functions.billing.margin.products import CostsOfProduct, ProductsOfCosts, payers
from functions.billing.margin.revenue import Earning, earnings
from functions.billing.margin.statement import Statement, statements
from functions.billing.models.customer import CreationState
from functions.billing.models.invoice import Invoice, InvoiceStatus, invoice_id, rebill_id
from functions.billing.models.order import Order
from functions.billing.models.product import Product
from functions.billing.models.schedule import BillingSchedule
from functions.billing.models.segment import Segment
from functions.billing.periods import Period, midnight
from functions.billing.ports import Checkpoints, Collection, CostHistory, InvoiceRegister, LogTooLongError, Schedules

MAX_ORDERS = 200
"""Whose invoices to come are made for one answer."""

MAX_INVOICES = 3_000
"""That are found for one answer."""

MAX_INVOICES_NAMED = 10_000
"""That are looked for: on many a day on which an order may have been billed it was not."""

_NAMED_AT_ONCE = 1_000

MAX_ORDERS_SEARCHED = 10_000
"""Of an organization, among which those with a product are looked for."""

_LONGEST_MONTH = 31

Gathering = Callable[[str, Sequence[BillingSchedule]], dict[str, BillingFacts]]
"""What invoices are made of, with usage as of now: see `gather_facts`, `peek_ratings`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The days that are asked about, as of `now`; in a test organization any moment may have been sent at any time."""

    span: Period
    now: datetime
    is_test: bool

    @property
    def since(self) -> datetime:
        """Before it no cost of these days was appended."""
        return appended_since(midnight(self.span.start), is_test=self.is_test)

    def covers(self, call: Call) -> bool:
        return midnight(self.span.start) <= call.entry.occurred_at < midnight(self.span.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMargin:
    """Of an order the invoices are found by the days on which it was billed: nothing is searched for them."""

    orders: Collection[Order]
    products: Collection[Product]
    schedules: Schedules
    register: InvoiceRegister
    costs: CostHistory
    checkpoints: Checkpoints
    gathering: Gathering
    most_steps: int = MOST_STEPS

    def of_customer(self, organization_id: str, customer_id: str, asked: Asked) -> list[Statement]:
        """What the customer's own orders earn, whoever pays them, and what is in its log. Raises InvalidInput."""
        effort = Effort(self.most_steps)
        orders = self.orders.page(organization_id, limit=MAX_ORDERS + 1, offset=0, owner=customer_id).items
        _check_orders(orders, f"customer {customer_id} has")
        with _within_effort(asked, f"the orders of customer {customer_id} have"):
            earned = self._earnings(organization_id, orders, asked, effort)
        segments = self.costs.of_customer(organization_id, customer_id, since=asked.since, days=asked.span)

        product_of = self._products_of_costs(organization_id, payers(orders))
        return statements(earned, _calls(segments, asked), product_of)

    def of_product(self, organization_id: str, product_id: str, asked: Asked) -> list[Statement]:
        """What the lines with the product earn, and all costs that name it, or that they bill.

        Raises NotFound, InvalidInput.
        """
        product = self.products.get(organization_id, product_id)
        effort = Effort(self.most_steps)
        with _within_effort(asked, "the orders have", or_else=", or the margins of customers"):
            orders = self._orders_with(organization_id, product, effort)
            earned = self._earnings(organization_id, orders, asked, effort)
        of_product = CostsOfProduct.of(product, orders)
        product_of = self._products_of_costs(organization_id, of_product.payers)
        segments = self.costs.of_everybody(
            organization_id, since=asked.since, days=asked.span, named=of_product.may_have
        )
        calls = (call for call in _calls(segments, asked) if product_of(call) == product_id)
        return statements((each for each in earned if each.product_id == product_id), calls, lambda _: product_id)

    def _products_of_costs(self, organization_id: str, customer_ids: frozenset[str]) -> ProductsOfCosts:
        @cache
        def resolved(external_id: str) -> str | None:
            return self.products.resolve(organization_id, external_id)

        states = self.checkpoints.load_many(organization_id, customer_ids) if customer_ids else {}
        return ProductsOfCosts({customer_id: state.plan for customer_id, state in states.items()}, resolved)

    def _orders_with(self, organization_id: str, product: Product, effort: Effort) -> Sequence[Order]:
        def has_product(order: Order) -> bool:
            effort.read(components=_components(order))
            return any(line.product_id == product.id for line in order.lines)

        if self.orders.page(organization_id, limit=1, offset=0).total > MAX_ORDERS_SEARCHED:
            raise InvalidInput(
                f"the organization has more than {MAX_ORDERS_SEARCHED} orders, expected fewer to look for product "
                f"{product.id} in: ask for the margins of customers",
                code="TOO_MUCH_TO_READ",
            )
        found = self.orders.page(organization_id, limit=MAX_ORDERS + 1, offset=0, where=has_product).items
        _check_orders(found, f"product {product.id} is on")
        return found

    def _earnings(self, organization_id: str, orders: Iterable[Order], asked: Asked, effort: Effort) -> list[Earning]:
        """Schedules are read first: what is billed meanwhile is then known twice, and told apart by its id."""
        active = {order.id: order for order in orders if order.creation_state is CreationState.ACTIVE}
        schedules = {id_: stored.value for id_, stored in self.schedules.get_many(organization_id, active).items()}
        facts = self.gathering(organization_id, list(schedules.values()))
        named = self._named({id_: active[id_] for id_ in schedules}, schedules, asked, effort)
        made = self._invoices(organization_id, named, asked, effort)
        found: list[Earning] = []
        for order_id in schedules:
            invoices = made.get(order_id, [])
            posted = [invoice for invoice in invoices if invoice.status is InvoiceStatus.POSTED]
            known, order = facts.get(order_id), active[order_id]
            waiting = (
                (invoice for invoice in invoices if invoice.status is InvoiceStatus.DRAFT)
                if known is None
                else still_to_invoice(known, invoices, before=asked.span.end, now=asked.now, spend=effort.bill)
            )
            for invoice in (*posted, *waiting):
                found += earnings(invoice, order, asked.span)
        return found

    def _named(
        self, orders: Mapping[str, Order], schedules: Mapping[str, BillingSchedule], asked: Asked, effort: Effort
    ) -> list[str]:
        """Invoices that may charge something of these days, by their ids.

        With them the last that each schedule promises: whether it was made must be known, however old it is.
        """
        promised = (schedule.promised.invoice_id for schedule in schedules.values() if schedule.promised is not None)
        named = dict.fromkeys(promised)
        for order in orders.values():
            through, since = schedules[order.id].billed_until or date.min, _served_from(order, asked.span.start)
            for day in billing_days(order, through=through, since=since):
                effort.read(components=_components(order))
                named[invoice_id(order, day)] = None
            if len(named) > MAX_INVOICES_NAMED:
                raise _too_many(asked, f"{MAX_INVOICES_NAMED} days since on which an order may have been billed")
        return list(named)

    def _invoices(
        self, organization_id: str, wanted: list[str], asked: Asked, effort: Effort
    ) -> Mapping[str, list[Invoice]]:
        """Those of them that exist, and those that bill voided ones of them again; by order."""
        found: dict[str, list[Invoice]] = {}
        count = 0
        while wanted:
            some, wanted = wanted[:_NAMED_AT_ONCE], wanted[_NAMED_AT_ONCE:]
            for invoice in self.register.get_many(organization_id, some).values():
                count += 1
                effort.read(lines=len(invoice.lines))
                found.setdefault(invoice.order_id, []).append(invoice)
                if invoice.status is InvoiceStatus.VOIDED:
                    wanted.append(rebill_id(invoice))
            if count > MAX_INVOICES:
                raise _too_many(asked, f"{MAX_INVOICES} invoices that may charge something since")
        return found


@contextmanager
def _within_effort(asked: Asked, what: str, *, or_else: str = "") -> Generator[None]:
    try:
        yield
    except TooMuchEffortError:
        raise InvalidInput(
            f"from is {asked.span.start} and to is {asked.span.end}, expected fewer days, or a later from{or_else}: "
            f"{what} more components, on the days on which they are billed, than one call can work on",
            code="TOO_MUCH_TO_READ",
        ) from None


def _too_many(asked: Asked, what: str) -> InvalidInput:
    return InvalidInput(
        f"from is {asked.span.start}, expected a later day: there are more than {what}", code="TOO_MUCH_TO_READ"
    )


def _components(order: Order) -> int:
    return sum(1 for _ in order.attributes())


def _served_from(order: Order, since: date) -> date:
    """Before that day nothing was charged that was served on `since` or later: a period ahead at the most."""
    months = max((order.calendar(line, attribute).months for line, attribute in order.attributes()), default=0)
    return since - timedelta(days=months * _LONGEST_MONTH)


def _check_orders(orders: Sequence[Order], what: str) -> None:
    if len(orders) > MAX_ORDERS:
        raise InvalidInput(
            f"{what} more than {MAX_ORDERS} orders, expected at most as many: the invoices to come are made for each",
            code="TOO_MUCH_TO_READ",
        )


def _calls(segments: Iterator[Segment], asked: Asked) -> Iterator[Call]:
    try:
        yield from (call for call in calls_of(segments) if asked.covers(call))
    except LogTooLongError:
        raise InvalidInput(
            f"from is {asked.span.start} and to is {asked.span.end}, expected fewer days, or a later from: more was "
            "logged since, or cost in these days, than one call can read",
            code="TOO_MUCH_TO_READ",
        ) from None
