"""Payments, and what they pay."""

from functools import cache

from functions.adapters import outages
from functions.adapters.dynamodb.collection import DynamoCollection
from functions.adapters.dynamodb.order_book import DynamoSequences
from functions.adapters.dynamodb.payments import PAYMENT, DynamoPaymentLedger
from functions.billing.models.payment import Payment
from functions.billing.usecases.allocate_payment import AllocatePayment
from functions.billing.usecases.record_payment import RecordPayment
from functions.wiring import aws, entities, identity


@cache
def payments() -> DynamoCollection[Payment]:
    return DynamoCollection(aws.records(), PAYMENT)


@cache
def ledger() -> DynamoPaymentLedger:
    return DynamoPaymentLedger(aws.records())


@cache
def record_payment() -> RecordPayment:
    sequences = DynamoSequences(aws.records())
    return RecordPayment(
        payments=payments(),
        customers=entities.customers(),
        next_number=lambda organization_id: sequences.next(organization_id, PAYMENT.name),
        is_uncertain=outages.is_outage,
    )


@cache
def allocate_payment() -> AllocatePayment:
    return AllocatePayment(ledger=ledger(), is_uncertain=outages.is_outage, present=identity.present)
