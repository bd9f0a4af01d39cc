"""What moto holds, looked at, saved and put back: a scenario is prepared once and disturbed at every call of it."""

import copy
import json
from collections.abc import Callable

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from infra.resources import Queue
from local.environment import ACCOUNT, REGION
from local.resources import physical_name


def saved() -> Callable[[], None]:
    """Call what this answers to have tables and buckets as they are now, empty streams and empty queues."""
    dynamodb = dynamodb_backends[ACCOUNT][REGION]
    for table in dynamodb.tables.values():
        if table.stream_shard is not None:
            table.stream_shard.items.clear()
    tables = copy.deepcopy(dynamodb.tables)
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    objects = {name: copy.deepcopy(bucket.keys) for name, bucket in buckets.items()}

    def put_back() -> None:
        dynamodb.tables = copy.deepcopy(tables)
        for name, bucket in buckets.items():
            bucket.keys = copy.deepcopy(objects[name])
        for queue in sqs_backends[ACCOUNT][REGION].queues.values():
            queue._messages.clear()
            queue._pending_messages.clear()
            queue.deleted_messages.clear()
            queue.last_purged_at = None  # it may be purged again, as one could that is new

    return put_back


def items() -> list[str]:
    """Every item of every table, in JSON."""
    tables = dynamodb_backends[ACCOUNT][REGION].tables.values()
    return sorted(
        json.dumps(item.to_json(), sort_keys=True, default=bytes.hex) for table in tables for item in table.all_items()
    )


def is_empty(queue: Queue) -> bool:
    """Whether nothing is in the queue, be it visible or not; asked a hundred times as fast as by a call."""
    return not sqs_backends[ACCOUNT][REGION].queues[physical_name(queue.name)]._messages
