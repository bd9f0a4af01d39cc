"""The composition root: the only module that knows settings and adapters. Everything is made at first use, once.

boto3 is imported inside the factories: a function's cold start pays for it when it first calls AWS, not before.
"""

import time
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb import kinds
from functions.adapters.dynamodb.aliases import DynamoAliases
from functions.adapters.dynamodb.checkpoints import DynamoCheckpoints
from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.invoices import DynamoInvoices
from functions.adapters.dynamodb.order_book import DynamoOrderBook, DynamoSchedules
from functions.adapters.dynamodb.organizations import DynamoApiKeys, DynamoOrganizations
from functions.adapters.dynamodb.seats import DynamoSeats
from functions.adapters.dynamodb.sequences import DynamoSequences
from functions.adapters.dynamodb.signal_listing import DynamoSignalListing
from functions.adapters.dynamodb.signal_log import DynamoSignalLog
from functions.adapters.dynamodb.table import Records
from functions.adapters.dynamodb.users import DynamoUsers
from functions.adapters.s3 import S3Documents
from functions.adapters.sqs import (
    SqsBacklog,
    SqsDocumentQueue,
    SqsInvoiceHints,
    SqsInvoiceQueue,
    SqsSignalQueue,
    decode_batch,
)
from functions.billing.models.contact import Contact
from functions.billing.models.customer import Customer
from functions.billing.models.order import Order
from functions.billing.models.product import Product
from functions.billing.usecases.accept_signals import AcceptSignals
from functions.billing.usecases.activate_order import ActivateOrder
from functions.billing.usecases.advance_clock import AdvanceClock
from functions.billing.usecases.advance_rating import AdvanceRating
from functions.billing.usecases.append_signals import AppendSignals
from functions.billing.usecases.assign_seats import AssignSeats
from functions.billing.usecases.bill_order import BillOrder
from functions.billing.usecases.check_parties import CheckParties
from functions.billing.usecases.create_order import CreateOrder
from functions.billing.usecases.delete_customer import DeleteCustomer
from functions.billing.usecases.edit_product import EditProduct
from functions.billing.usecases.find_customers import FindCustomers
from functions.billing.usecases.post_invoice import PostInvoice
from functions.billing.usecases.read_customer_state import ReadCustomerState
from functions.billing.usecases.start_billing_run import StartBillingRun
from functions.billing.usecases.store_documents import StoreDocuments
from functions.billing.usecases.update_order import UpdateOrder
from functions.billing.usecases.upsert_user import UpsertUser
from functions.billing.usecases.void_invoice import VoidInvoice
from functions.runtime import settings
from functions.runtime.api import Principal
from functions.runtime.auth import Authenticator
from functions.runtime.chance import new_id, real_now
from functions.runtime.draining import Drained

__all__ = ["decode_batch"]

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@cache
def _dynamodb() -> "DynamoDBClient":
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("dynamodb")


@cache
def _sqs() -> "SQSClient":
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("sqs")


@cache
def _s3() -> "S3Client":
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("s3")


@cache
def _records() -> Records:
    return Records(_dynamodb(), settings.records_table())


@cache
def organizations() -> DynamoOrganizations:
    return DynamoOrganizations(_records())


@cache
def api_keys() -> DynamoApiKeys:
    return DynamoApiKeys(_records())


@cache
def _authenticator() -> Authenticator:
    return Authenticator(keys=api_keys(), organizations=organizations(), real_now=real_now)


def authenticate(authorization: str | None) -> Principal:
    """Who calls; see `Authenticator`."""
    return _authenticator()(authorization)


@cache
def products() -> DynamoCollection[Product]:
    return DynamoCollection(_records(), kinds.PRODUCT)


@cache
def customers() -> DynamoCollection[Customer]:
    return DynamoCollection(_records(), kinds.CUSTOMER)


@cache
def contacts() -> DynamoCollection[Contact]:
    return DynamoCollection(_records(), kinds.CONTACT)


@cache
def orders() -> DynamoCollection[Order]:
    return DynamoCollection(_records(), kinds.ORDER)


@cache
def aliases() -> DynamoAliases:
    return DynamoAliases(_records())


@cache
def users() -> DynamoUsers:
    return DynamoUsers(_records())


@cache
def seats() -> DynamoSeats:
    return DynamoSeats(_records())


@cache
def invoices() -> DynamoInvoices:
    return DynamoInvoices(_records())


@cache
def schedules() -> DynamoSchedules:
    return DynamoSchedules(_records())


@cache
def order_book() -> DynamoOrderBook:
    return DynamoOrderBook(_records())


@cache
def checkpoints() -> DynamoCheckpoints:
    return DynamoCheckpoints(_records())


@cache
def sequences() -> DynamoSequences:
    return DynamoSequences(_records())


@cache
def signal_log() -> DynamoSignalLog:
    return DynamoSignalLog(_dynamodb(), settings.signals_table())


@cache
def signal_listing() -> DynamoSignalListing:
    return DynamoSignalListing(_dynamodb(), settings.signals_table())


@cache
def signal_queue() -> SqsSignalQueue:
    return SqsSignalQueue(_sqs(), settings.signal_queue_url())


@cache
def invoice_queue() -> SqsInvoiceQueue:
    return SqsInvoiceQueue(_sqs(), settings.invoice_queue_url())


@cache
def invoice_hints() -> SqsInvoiceHints:
    return SqsInvoiceHints(invoice_queue())


@cache
def document_queue() -> SqsDocumentQueue:
    return SqsDocumentQueue(_sqs(), settings.document_queue_url())


@cache
def backlog() -> SqsBacklog:
    urls = (
        settings.signal_queue_url(),
        settings.invoice_queue_url(),
        settings.document_queue_url(),
    )
    return SqsBacklog(_sqs(), urls)


@cache
def document_store() -> S3Documents:
    return S3Documents(_s3(), settings.documents_bucket())


@cache
def edit_product() -> EditProduct:
    return EditProduct(products=products())


@cache
def find_customers() -> FindCustomers:
    return FindCustomers(customers=customers())


@cache
def delete_customer() -> DeleteCustomer:
    return DeleteCustomer(customers=customers(), contacts=contacts(), aliases=aliases(), users=users())


@cache
def upsert_user() -> UpsertUser:
    return UpsertUser(users=users(), seats=seats(), orders=orders())


@cache
def read_customer_state() -> ReadCustomerState:
    return ReadCustomerState(customers=customers(), orders=orders(), seats=seats(), users=users())


@cache
def advance_rating() -> AdvanceRating:
    return AdvanceRating(log=signal_log(), checkpoints=checkpoints())


def append_signals() -> AppendSignals:
    """A new one at every call: it remembers names for one delivery."""
    return AppendSignals(log=signal_log(), customers=customers(), products=products(), new_customer=_new_customer)


@cache
def accept_signals() -> AcceptSignals:
    return AcceptSignals(customers=customers(), log=signal_log(), queue=signal_queue())


@cache
def activate_order() -> ActivateOrder:
    return ActivateOrder(orders=orders(), book=order_book(), invoices=invoice_hints())


@cache
def create_order() -> CreateOrder:
    return CreateOrder(orders=orders(), customers=customers(), products=products(), check_parties=_check_parties())


@cache
def update_order() -> UpdateOrder:
    return UpdateOrder(orders=orders(), book=order_book(), schedules=schedules(), check_parties=_check_parties())


@cache
def assign_seats() -> AssignSeats:
    return AssignSeats(seats=seats(), users=users())


@cache
def post_invoice() -> PostInvoice:
    return PostInvoice(register=invoices(), documents=document_queue())


@cache
def void_invoice() -> VoidInvoice:
    return VoidInvoice(register=invoices())


@cache
def store_documents() -> StoreDocuments:
    from functions.adapters.typst.renderer import TypstRenderer  # noqa: PLC0415 - typst is in two functions' layer only

    return StoreDocuments(register=invoices(), store=document_store(), renderer=TypstRenderer())


@cache
def start_billing_run() -> StartBillingRun:
    return StartBillingRun(organizations=organizations(), schedules=schedules(), queue=invoice_queue())


@cache
def advance_clock() -> AdvanceClock:
    return AdvanceClock(organizations=organizations(), schedules=schedules(), bill=bill_order(), drain=drain())


def drain() -> Drained:
    """Waits for the queues: see `Drained`."""
    return Drained(backlog=backlog(), sleep=time.sleep)


@cache
def bill_order() -> BillOrder:
    return BillOrder(
        organizations=organizations(),
        orders=orders(),
        customers=customers(),
        contacts=contacts(),
        schedules=schedules(),
        register=invoices(),
        documents=document_queue(),
        advance_rating=advance_rating(),
    )


@cache
def _check_parties() -> CheckParties:
    return CheckParties(customers=customers(), contacts=contacts())


def _new_customer(organization_id: str, external_id: str, now: datetime) -> Customer:
    """The customer that a signal with an unknown external id stands for: named by it until somebody says better."""
    return Customer(
        id=new_id("cus"),
        external_id=external_id,
        name=external_id,
        default_currency=organizations().get(organization_id).default_currency,
        created_at=now,
        updated_at=now,
    )


def forget() -> None:
    """Forgets everything made so far; the next use reads the settings again."""
    for factory in list(globals().values()):
        if hasattr(factory, "cache_clear"):
            factory.cache_clear()


def clients() -> "tuple[DynamoDBClient, SQSClient]":
    """The clients that carry the hot path, for whoever wants to listen to their calls."""
    return _dynamodb(), _sqs()
