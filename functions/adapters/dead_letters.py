"""What was given up, or refused in part: kept, and sent again."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from functions.billing.models.settlement import Message

PARKED_CHANGES = "dead-letters/announce_events"
"""Where in the bucket of documents the changes lie that could not be announced."""

_AT_A_TIME = 10
"""Messages that SQS gives in one call, at most."""

_WAIT_SECONDS = 1
"""Without a wait SQS may answer that a queue is empty although it is not."""


class S3Shelf:
    """Fulfils `Shelf`. `opened` gives the client and the bucket, at first use: most workers never keep anything."""

    def __init__(self, opened: "Callable[[], tuple[S3Client, str]]") -> None:
        self._opened = opened

    def keep(self, message: "Message") -> str:
        client, bucket = self._opened()
        key = message.shelf_key
        client.put_object(Bucket=bucket, Key=key, Body=message.body.encode(), ContentType="text/plain")
        return key

    def body(self, key: str) -> str | None:
        client, bucket = self._opened()
        try:
            answer = client.get_object(Bucket=bucket, Key=key)
        except client.exceptions.NoSuchKey:
            return None
        return answer["Body"].read().decode()


class S3ParkedChanges:
    """Changes of a table that could not be announced, each in a file of its own."""

    def __init__(self, opened: "Callable[[], tuple[S3Client, str]]") -> None:
        self._opened = opened

    def keep(self, record: "Mapping[str, Any]") -> str:
        """A record of the stream, whole; the key is the same each time that it comes.

        Sequence numbers are unique in a shard alone.
        """
        client, bucket = self._opened()
        key = f"{PARKED_CHANGES}/{record['dynamodb']['SequenceNumber']}-{record['eventID']}.json"
        body = json.dumps({"Records": [record]})
        client.put_object(Bucket=bucket, Key=key, Body=body.encode(), ContentType="application/json")
        return key

    def keys(self, *, after: str = "") -> "Iterator[str]":
        """Of all files, in their order, of those that follow `after`."""
        client, bucket = self._opened()
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"{PARKED_CHANGES}/", StartAfter=after
        )
        for page in pages:
            yield from (each["Key"] for each in page.get("Contents", []))

    def records(self, key: str) -> "Sequence[Mapping[str, Any]]":
        """What `keep` was given. Raises ValueError for a file that it did not write."""
        client, bucket = self._opened()
        content = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        records: Sequence[Mapping[str, Any]] = content["Records"]
        return records

    def remove(self, key: str) -> None:
        client, bucket = self._opened()
        client.delete_object(Bucket=bucket, Key=key)


class SqsReturns:
    """Fulfils `Returns`."""

    def __init__(self, client: "SQSClient", *, queue: str, dead_letters: str) -> None:
        self._client = client
        self._queue = queue
        self._dead_letters = dead_letters

    def send(self, body: str) -> None:
        self._client.send_message(QueueUrl=self._queue, MessageBody=body)

    def move_back(self, *, at_most: int) -> int:
        """One by one and first sent, then deleted: a crash between the two makes repeats and loses nothing."""
        moved = 0
        while moved < at_most:
            answer = self._client.receive_message(
                QueueUrl=self._dead_letters, MaxNumberOfMessages=_AT_A_TIME, WaitTimeSeconds=_WAIT_SECONDS
            )
            messages = answer.get("Messages", [])
            if not messages:
                break
            for message in messages:
                self.send(message["Body"])
                self._client.delete_message(QueueUrl=self._dead_letters, ReceiptHandle=message["ReceiptHandle"])
            moved += len(messages)
        return moved
