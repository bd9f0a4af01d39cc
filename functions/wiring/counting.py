"""Usage: the log that it is counted from, and how far it is counted."""

from functools import cache

from functions.adapters.dynamodb.checkpoints import DynamoCheckpoints
from functions.adapters.dynamodb.signal_log import DynamoSignalLog
from functions.runtime import settings
from functions.wiring import aws


@cache
def signal_log() -> DynamoSignalLog:
    """For those who read signals and ask for no keys (see `remembering`)."""
    return DynamoSignalLog(aws.dynamodb(), settings.signals_table())


@cache
def checkpoints() -> DynamoCheckpoints:
    return DynamoCheckpoints(aws.records())
