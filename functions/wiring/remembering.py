"""The signal log with the memory of its keys, for those who append or tell repeats."""

from functools import cache

from functions.adapters.dynamodb.signal_log import DynamoSignalLog
from functions.adapters.key_snapshots import KeySnapshots
from functions.runtime import settings
from functions.wiring import aws


@cache
def signal_log() -> DynamoSignalLog:
    table = settings.signals_table()
    snapshots = KeySnapshots(lambda: (aws.s3(), settings.snapshots_bucket()), table=table)
    return DynamoSignalLog(aws.dynamodb(), table, snapshots, most_bytes=settings.memory_bytes() * 2 // 5)
