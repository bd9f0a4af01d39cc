"""How far rating and invoicing have come."""

from functools import cache

from functions.adapters.dynamodb.checkpoints import DynamoCheckpoints
from functions.adapters.dynamodb.invoices import DynamoInvoices
from functions.wiring import aws


@cache
def invoices() -> DynamoInvoices:
    return DynamoInvoices(aws.records())


@cache
def checkpoints() -> DynamoCheckpoints:
    return DynamoCheckpoints(aws.records())
