"""All use cases over fakes: one organization `org_1` on 1 June 2025, whose customer `cus_1` may buy `prod_1`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from functions.billing.models.contact import Contact
from functions.billing.models.credit import CreditGrant
from functions.billing.models.customer import Customer
from functions.billing.models.invoice import Invoice
from functions.billing.models.order import Order
from functions.billing.models.payment import Payment
from functions.billing.models.product import Product
from functions.billing.models.segment import LogId
from functions.billing.models.signal import Delivered, Signal
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.periods import midnight
from functions.billing.ports import TaxCalculator
from functions.billing.usecases.accept_signals import AcceptSignals
from functions.billing.usecases.activate_order import ActivateOrder
from functions.billing.usecases.advance_clock import AdvanceClock
from functions.billing.usecases.advance_rating import AdvanceRating
from functions.billing.usecases.advance_ratings import AdvanceRatings
from functions.billing.usecases.amend_order import AmendOrder
from functions.billing.usecases.append_signals import AppendSignals
from functions.billing.usecases.bill_orders import BillOrders
from functions.billing.usecases.explain_line import ExplainLine
from functions.billing.usecases.find_given import FindGiven
from functions.billing.usecases.find_grants import FindGrants
from functions.billing.usecases.gather_facts import GatherFacts
from functions.billing.usecases.peek_ratings import PeekRatings
from functions.billing.usecases.post_invoice import PostInvoice
from functions.billing.usecases.preview_invoice import PreviewInvoice
from functions.billing.usecases.rebill_invoice import RebillInvoice
from functions.billing.usecases.settle_credits import SettleCredits
from functions.billing.usecases.start_billing_run import StartBillingRun
from functions.billing.usecases.update_order import UpdateOrder
from functions.billing.usecases.void_invoice import VoidInvoice
from tests.builders import NOW, make_customer, make_organization, make_product
from tests.fakes.checkpoints import FakeCheckpoints
from tests.fakes.collection import FakeCollection, fake_contacts, fake_customers, fake_orders, fake_products
from tests.fakes.credit_books import FakeCreditBooks
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.order_book import FakeOrderBook
from tests.fakes.organizations import FakeOrganizations
from tests.fakes.payment_ledger import fake_payments
from tests.fakes.plans import FakePlans
from tests.fakes.queues import FakeDocumentQueue, FakeInvoiceQueue, FakeSignalQueue
from tests.fakes.schedules import FakeSchedules
from tests.fakes.signal_log import FakeSignalLog
from tests.fakes.taxes import FakeTaxes

ORG = "org_1"
LOG = LogId(ORG, "cus_1")


@dataclass(slots=True)
class Shop:
    """The fakes, and each use case made of them anew: none but the front door remembers anything."""

    organizations: FakeOrganizations = field(default_factory=lambda: FakeOrganizations(make_organization(test=True)))
    customers: FakeCollection[Customer] = field(default_factory=fake_customers)
    products: FakeCollection[Product] = field(default_factory=fake_products)
    log: FakeSignalLog = field(default_factory=FakeSignalLog)
    taxes: TaxCalculator = field(default_factory=FakeTaxes)
    checkpoints: FakeCheckpoints = field(default_factory=FakeCheckpoints)
    schedules: FakeSchedules = field(default_factory=FakeSchedules)
    register: FakeInvoiceRegister = field(init=False)
    signal_queue: FakeSignalQueue = field(default_factory=FakeSignalQueue)
    invoice_queue: FakeInvoiceQueue = field(default_factory=FakeInvoiceQueue)
    document_queue: FakeDocumentQueue = field(default_factory=FakeDocumentQueue)
    grants: list[CreditGrant] = field(default_factory=list)
    books: FakeCreditBooks = field(default_factory=FakeCreditBooks)
    seated: dict[str, str] = field(default_factory=dict)
    paid: dict[str, datetime] = field(default_factory=dict)
    plans: FakePlans = field(init=False)
    orders: FakeCollection[Order] = field(init=False)
    contacts: FakeCollection[Contact] = field(init=False)
    payments: FakeCollection[Payment] = field(init=False)
    book: FakeOrderBook = field(init=False)
    accept: AcceptSignals = field(init=False)

    def __post_init__(self) -> None:
        self.customers.insert(ORG, make_customer(external_id="acme"))
        self.products.insert(ORG, make_product(external_id="sdr"))
        self.plans = FakePlans(self.products)
        self.orders = fake_orders(self.customers)
        self.contacts = fake_contacts(self.customers)
        self.register = FakeInvoiceRegister(self.schedules)
        self.payments = fake_payments(self.customers)
        self.book = FakeOrderBook(self.orders, self.checkpoints, self.schedules)
        self.accept = AcceptSignals(customers=self.customers, log=self.log, queue=self.signal_queue)

    @property
    def append(self) -> AppendSignals:
        return AppendSignals(
            log=self.log,
            customers=self.customers,
            products=self.products,
            new_customer=lambda _, name, now: make_customer(id=f"cus_{name}", external_id=name, created_at=now),
        )

    @property
    def rate(self) -> AdvanceRating:
        return AdvanceRating(log=self.log, checkpoints=self.checkpoints)

    @property
    def activate(self) -> ActivateOrder:
        return ActivateOrder(
            orders=self.orders,
            book=self.book,
            invoices=self.invoice_queue,
            seated=lambda _, __: self.seated,
            opens_book=self.books.open,
        )

    @property
    def update(self) -> UpdateOrder:
        return UpdateOrder(
            orders=self.orders, book=self.book, schedules=self.schedules, check_parties=lambda _, __: None
        )

    @property
    def amend(self) -> AmendOrder:
        return AmendOrder(
            orders=self.orders,
            book=self.book,
            schedules=self.schedules,
            register=self.register,
            seated=lambda organization_id, order: self.book.seats(organization_id, order.id).value.users,
            products=self.products,
            check_currencies=lambda _, __: None,
            queue=self.invoice_queue,
        )

    @property
    def bill(self) -> BillOrders:
        return BillOrders(
            schedules=self.schedules,
            register=self.register,
            documents=self.document_queue,
            gather_facts=self.gather,
        )

    def granted(self, organization_id: str, customer_id: str, plan: RatingPlan, *, through: date) -> list[CreditGrant]:
        """By hand the same to every customer."""
        given = FindGiven(invoices=self.register.get_many, paid_at=lambda invoice: self.paid.get(invoice.id))
        find = FindGrants(books=self.books, given=given)
        return [*self.grants, *find(organization_id, customer_id, plan, through=through)]

    def in_money(
        self, organization_id: str, customer_id: str, plan: RatingPlan, rated: dict[int, Checkpoint]
    ) -> dict[int, Checkpoint]:
        return SettleCredits(granted=self.granted)(organization_id, customer_id, plan, rated)

    def rated(self, organization_id: str, customer_id: str) -> tuple[RatingPlan, dict[int, Checkpoint]]:
        rated = self.rate.after(organization_id, customer_id, appended=())
        return rated.plan, dict(rated.checkpoints)

    @property
    def gather(self) -> GatherFacts:
        return GatherFacts(
            organizations=self.organizations,
            orders=self.orders,
            customers=self.customers,
            contacts=self.contacts,
            taxes=self.taxes,
            advance_ratings=AdvanceRatings(
                checkpoints=self.checkpoints, log=self.log, advance_rating=self.rated, in_money=self.in_money
            ),
        )

    @property
    def post(self) -> PostInvoice:
        return PostInvoice(
            register=self.register, schedules=self.schedules, documents=self.document_queue, gather_facts=self.gather
        )

    @property
    def void(self) -> VoidInvoice:
        return VoidInvoice(register=self.register, schedules=self.schedules, orders=self.orders)

    @property
    def rebill(self) -> RebillInvoice:
        return RebillInvoice(register=self.register, schedules=self.schedules, gather_facts=self.gather)

    @property
    def explain(self) -> ExplainLine:
        return ExplainLine(register=self.register, orders=self.orders, checkpoints=self.checkpoints, log=self.log)

    @property
    def peek(self) -> PeekRatings:
        return PeekRatings(log=self.log, checkpoints=self.checkpoints, in_money=self.in_money)

    @property
    def preview(self) -> PreviewInvoice:
        return PreviewInvoice(
            orders=self.orders,
            schedules=self.schedules,
            peek=self.peek,
            gathering=lambda ratings: replace(self.gather, advance_ratings=ratings),
        )

    @property
    def start_run(self) -> StartBillingRun:
        return StartBillingRun(organizations=self.organizations, schedules=self.schedules, queue=self.invoice_queue)

    def clock(self, drained: list[str] | None = None) -> AdvanceClock:
        """Whatever waits for the queues leaves its mark in `drained`."""
        marks = [] if drained is None else drained
        return AdvanceClock(
            organizations=self.organizations,
            schedules=self.schedules,
            bill=self.bill,
            drain=lambda: marks.append("drained"),
        )

    def sell(self, order: Order, *, on: datetime = NOW) -> Order:
        """The order, inserted and active."""
        self.orders.insert(ORG, order)
        return self.activate(ORG, order.id, now=on)

    def receive(self, *signals: Signal) -> None:
        """As the worker does: into the log, and rated."""
        self.append.append(LOG, delivered(signals), now=NOW)
        self.rate(ORG, LOG.customer_id)

    def bill_until(self, day: date, order_id: str = "ord_1") -> list[Invoice]:
        return self.bill(ORG, [order_id], as_of=day, now=midnight(day))

    def totals(self) -> dict[date, int]:
        """Of all invoices, by issue date."""
        return {invoice.issue_date: invoice.total_minor for invoice in self.register.of(ORG)}


def make_signal(key: str = "1", **fields: object) -> Signal:
    """An e-mail of `acme` for `sdr` on 1 June 2025 at noon."""
    customer = {} if "customer_id" in fields else {"external_customer_id": "acme"}
    ordinary = {"event_name": "email_sent", "external_product_id": "sdr", "occurred_at": NOW, "idempotency_key": key}
    return Signal.model_validate({**ordinary, **customer, **fields})


def delivered(signals: Iterable[Signal]) -> list[Delivered]:
    """By messages that nobody accounts for."""
    return [Delivered(signal) for signal in signals]


def make_signals(keys: Iterable[object], **fields: object) -> list[Signal]:
    return [make_signal(str(key), **fields) for key in keys]
