"""What the contracts are tried on: the fakes, and the adapters on moto and on ministack."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

import boto3
import moto

from functions.adapters.dead_letters import S3Shelf
from functions.adapters.dynamodb import kinds
from functions.adapters.dynamodb.checkpoints import DynamoCheckpoints
from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.contacts import CONTACT
from functions.adapters.dynamodb.credit_books import DynamoCreditBooks
from functions.adapters.dynamodb.invoices import DynamoInvoices
from functions.adapters.dynamodb.order_book import DynamoOrderBook, DynamoSchedules
from functions.adapters.dynamodb.organizations import DynamoOrganizations
from functions.adapters.dynamodb.payments import PAYMENT, DynamoPaymentLedger
from functions.adapters.dynamodb.plans import DynamoPlans
from functions.adapters.dynamodb.products import PRODUCT
from functions.adapters.dynamodb.settlements import DynamoSettlements
from functions.adapters.dynamodb.signal_log import DynamoSignalLog
from functions.adapters.dynamodb.span_claims import DynamoSpanClaims
from functions.adapters.dynamodb.table import Records
from functions.adapters.key_snapshots import KeySnapshots
from functions.adapters.s3 import S3Documents
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer
from functions.billing.models.entity import Entity
from functions.billing.models.order import Order
from functions.billing.models.organization import Organization
from functions.billing.models.payment import Payment
from functions.billing.models.plan import Plan
from functions.billing.models.product import Product
from functions.billing.ports import (
    Checkpoints,
    Collection,
    CreditBooks,
    DocumentStore,
    InvoiceRegister,
    OrderBook,
    Organizations,
    PlanShelf,
    Schedules,
    Settlements,
    Shelf,
    SignalLog,
    SpanClaims,
)
from functions.billing.usecases.allocate_payment import PaymentLedger
from local.environment import ACCESS_KEY, REGION
from local.ministack import running_ministack
from local.resources import Clients, create_missing, physical_name
from tests import partiql
from tests.fakes.checkpoints import FakeCheckpoints
from tests.fakes.collection import fake_contacts, fake_customers, fake_orders, fake_products
from tests.fakes.credit_books import FakeCreditBooks
from tests.fakes.document_store import FakeDocumentStore
from tests.fakes.invoice_register import FakeInvoiceRegister
from tests.fakes.order_book import FakeOrderBook
from tests.fakes.organizations import FakeOrganizations
from tests.fakes.payment_ledger import FakePaymentLedger, fake_payments
from tests.fakes.plans import FakePlans
from tests.fakes.schedules import FakeSchedules
from tests.fakes.settlements import FakeSettlements, FakeShelf
from tests.fakes.signal_log import FakeSignalLog
from tests.fakes.span_claims import FakeSpanClaims

E = TypeVar("E", bound=Entity)


class Things(Collection[E], Protocol[E]):
    """A collection, and what only its own use cases ask of it."""

    def is_in_use(self, organization_id: str, entity_id: str) -> bool: ...


class Plans(Things[Plan], PlanShelf, Protocol): ...


class Tenants(Organizations, Protocol):
    def insert(self, organization: Organization) -> None: ...

    def modify(self, organization_id: str, change: Callable[[Organization], Organization]) -> Organization: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BackEnd:
    """Every port over one store. `clients` is None for the fakes."""

    clients: Clients | None
    organizations: Tenants
    customers: Things[Customer]
    products: Things[Product]
    plans: Plans
    contacts: Things[Contact]
    orders: Things[Order]
    log: Callable[[], SignalLog]
    """A new one at every call, with an empty memory."""
    checkpoints: Checkpoints
    settlements: Settlements
    claims: SpanClaims
    shelf: Shelf
    book: OrderBook
    books: CreditBooks
    schedules: Schedules
    register: InvoiceRegister
    payments: Things[Payment]
    ledger: PaymentLedger
    documents: DocumentStore


def fakes() -> BackEnd:
    customers, checkpoints, schedules, log = fake_customers(), FakeCheckpoints(), FakeSchedules(), FakeSignalLog()
    orders, products = fake_orders(customers), fake_products()
    orders, payments, register = fake_orders(customers), fake_payments(customers), FakeInvoiceRegister(schedules)
    return BackEnd(
        clients=None,
        organizations=FakeOrganizations(),
        customers=customers,
        products=products,
        plans=FakePlans(products),
        contacts=fake_contacts(customers),
        orders=orders,
        log=lambda: log,
        checkpoints=checkpoints,
        settlements=FakeSettlements(),
        claims=FakeSpanClaims(),
        shelf=FakeShelf(),
        book=FakeOrderBook(orders, checkpoints, schedules),
        books=FakeCreditBooks(checkpoints),
        schedules=schedules,
        register=register,
        payments=payments,
        ledger=FakePaymentLedger(payments, register),
        documents=FakeDocumentStore(),
    )


@contextmanager
def on_moto() -> Iterator[BackEnd]:
    with moto.mock_aws(), partiql.understood():
        session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
        clients = Clients(session.client("dynamodb"), session.client("s3"), session.client("sqs"))
        create_missing(clients)
        yield adapters(clients)


@contextmanager
def on_ministack() -> Iterator[BackEnd]:
    """A process of its own on the loopback, with a fresh directory; ended with it."""
    with TemporaryDirectory() as data, running_ministack(Path(data)) as endpoint:
        clients = Clients.at(endpoint)
        create_missing(clients)
        yield adapters(clients)


def adapters(clients: Clients) -> BackEnd:
    records, segments = Records(clients.dynamodb, physical_name("records")), physical_name("signals")
    snapshots = KeySnapshots(lambda: (clients.s3, physical_name("snapshots")), table=segments)
    return BackEnd(
        clients=clients,
        organizations=DynamoOrganizations(records),
        customers=DynamoCollection(records, kinds.CUSTOMER),
        products=DynamoCollection(records, PRODUCT),
        plans=DynamoPlans(records),
        contacts=DynamoCollection(records, CONTACT),
        orders=DynamoCollection(records, kinds.ORDER),
        log=lambda: DynamoSignalLog(clients.dynamodb, segments, snapshots),
        checkpoints=DynamoCheckpoints(records),
        settlements=DynamoSettlements(records),
        claims=DynamoSpanClaims(records),
        shelf=S3Shelf(lambda: (clients.s3, physical_name("documents"))),
        book=DynamoOrderBook(records),
        books=DynamoCreditBooks(records),
        schedules=DynamoSchedules(records),
        register=DynamoInvoices(records),
        payments=DynamoCollection(records, PAYMENT),
        ledger=DynamoPaymentLedger(records),
        documents=S3Documents(clients.s3, physical_name("documents")),
    )
