"""Signals: accepted, logged, listed."""

from datetime import datetime
from functools import cache

from functions.adapters.dynamodb.signal_listing import DynamoSignalListing
from functions.billing.models.customer import Customer
from functions.billing.usecases.accept_signals import AcceptSignals
from functions.billing.usecases.append_signals import AppendSignals
from functions.runtime import settings
from functions.runtime.chance import new_id
from functions.wiring import aws, entities, identity, queues, remembering


@cache
def signal_listing() -> DynamoSignalListing:
    return DynamoSignalListing(aws.dynamodb(), settings.signals_table())


def append_signals() -> AppendSignals:
    """A new one at every call: it remembers names for one delivery."""
    return AppendSignals(
        log=remembering.signal_log(),
        customers=entities.customers(),
        products=entities.products(),
        new_customer=_new_customer,
    )


@cache
def accept_signals() -> AcceptSignals:
    return AcceptSignals(customers=entities.customers(), log=remembering.signal_log(), queue=queues.signal_queue())


def _new_customer(organization_id: str, external_id: str, now: datetime) -> Customer:
    """The customer that a signal with an unknown external id stands for: named by it until somebody says better."""
    return Customer(
        id=new_id("cus"),
        external_id=external_id,
        name=external_id,
        default_currency=identity.organizations().get(organization_id).default_currency,
        created_at=now,
        updated_at=now,
    )
