"""What orders agree on: rating plans, billing schedules, numbers."""

from functools import cache

from functions.adapters.dynamodb.order_book import DynamoOrderBook, DynamoSchedules, DynamoSequences
from functions.wiring import aws


@cache
def schedules() -> DynamoSchedules:
    return DynamoSchedules(aws.records())


@cache
def order_book() -> DynamoOrderBook:
    return DynamoOrderBook(aws.records())


@cache
def sequences() -> DynamoSequences:
    return DynamoSequences(aws.records())
