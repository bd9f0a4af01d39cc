"""Other names and users of customers, and who sits where."""

from functools import cache

from functions.adapters.dynamodb.aliases import DynamoAliases
from functions.adapters.dynamodb.seats import DynamoSeats
from functions.adapters.dynamodb.users import DynamoUsers
from functions.wiring import aws


@cache
def aliases() -> DynamoAliases:
    return DynamoAliases(aws.records())


@cache
def users() -> DynamoUsers:
    return DynamoUsers(aws.records())


@cache
def seats() -> DynamoSeats:
    return DynamoSeats(aws.records())
