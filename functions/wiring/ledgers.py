"""Invoices as they are stored."""

from functools import cache

from functions.adapters.dynamodb.invoices import DynamoInvoices
from functions.wiring import aws


@cache
def invoices() -> DynamoInvoices:
    return DynamoInvoices(aws.records())
