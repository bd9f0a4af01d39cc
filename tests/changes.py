"""What moto has in a table's stream, taken out: it copies a table, its stream included, for every transaction."""

from typing import Any

from moto.dynamodb.models import dynamodb_backends

from infra.resources import Stream
from local.environment import ACCOUNT, REGION
from local.resources import physical_name


def taken(stream: Stream) -> list[dict[str, Any]]:
    """The changes that the stream's function wants, the first first; the stream is empty then."""
    shard = dynamodb_backends[ACCOUNT][REGION].tables[physical_name(stream.table.name)].stream_shard
    assert shard is not None
    records: list[dict[str, Any]] = [item.to_json() for item in shard.items]
    shard.items.clear()
    name, kind = stream.table.sort.name, stream.table.sort.type
    return [each for each in records if each["dynamodb"]["Keys"][name][kind].startswith(stream.sort_prefixes)]
