"""Messages whose signals are not all new: settled, or kept when they were given up."""

from functools import cache

from functions.adapters.dead_letters import S3Shelf
from functions.adapters.dynamodb.settlements import DynamoSettlements
from functions.billing.usecases.settle_message import SettleMessage
from functions.billing.usecases.shelve_message import ShelveMessage
from functions.runtime import settings
from functions.wiring import aws


@cache
def settlements() -> DynamoSettlements:
    return DynamoSettlements(aws.records())


@cache
def shelf() -> S3Shelf:
    """In the bucket of documents, of which these functions may reach nothing else."""
    return S3Shelf(lambda: (aws.s3(), settings.documents_bucket()))


def settle_message() -> SettleMessage:
    return SettleMessage(settlements=settlements(), shelf=shelf())


def shelve_message() -> ShelveMessage:
    return ShelveMessage(settlements=settlements(), shelf=shelf())
