"""A table's stream as its poller sees it, and the same in DynamoDB: one shard here, of which AWS has many."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from local.resources import physical_name
from local.session import DIRECT, local_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Record = Mapping[str, Any]


class ReadStream(Protocol):
    arn: str

    def read(self, *, after: str, limit: int) -> Sequence[Record]:
        """The changes that follow that sequence number, the empty one being before the first that is still known."""
        ...


class TableStream:
    """Read from its beginning: in ministack that is its start, for streams are not among the data that it keeps.

    The streams' client has no types here.
    """

    def __init__(self, dynamodb: "DynamoDBClient", streams: Any, table: str) -> None:  # noqa: ANN401 - see above
        self._streams = streams
        self.arn: str = dynamodb.describe_table(TableName=physical_name(table))["Table"]["LatestStreamArn"]

    def read(self, *, after: str, limit: int) -> Sequence[Record]:
        found: Sequence[Record] = self._streams.get_records(ShardIterator=self._iterator(after), Limit=limit)["Records"]
        return found

    def _iterator(self, after: str) -> str:
        (shard,) = self._streams.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if after:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        found = self._streams.get_shard_iterator(StreamArn=self.arn, ShardId=shard["ShardId"], **start)
        return str(found["ShardIterator"])


def streams_at(endpoint: str) -> Any:  # noqa: ANN401 - see above
    return local_session().client("dynamodbstreams", endpoint_url=endpoint, config=DIRECT)
