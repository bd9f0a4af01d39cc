"""Tables, queues and buckets of infra/resources.py, made in the local back end."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.resources import BUCKETS, DEAD_LETTERS, QUEUES, TABLES, Bucket, Index, Key, Queue, Table
from local.environment import ACCOUNT, REGION
from local.session import DIRECT, local_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        GlobalSecondaryIndexTypeDef,
        KeySchemaElementTypeDef,
        ProjectionTypeDef,
        StreamSpecificationTypeDef,
        TimeToLiveSpecificationTypeDef,
    )
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Clients:
    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    sqs: "SQSClient"

    @classmethod
    def at(cls, endpoint: str) -> "Clients":
        session = local_session()
        return cls(
            dynamodb=session.client("dynamodb", endpoint_url=endpoint, config=DIRECT),
            s3=session.client("s3", endpoint_url=endpoint, config=DIRECT),
            sqs=session.client("sqs", endpoint_url=endpoint, config=DIRECT),
        )


def create_missing(clients: Clients) -> None:
    """Leaves alone what exists, so that data survive a restart; queues take the current settings."""
    for table in TABLES:
        _create_table(clients.dynamodb, table)
    for queue in QUEUES:
        _create_queue(clients.sqs, queue)
    for bucket in BUCKETS:
        _create_bucket(clients.s3, bucket)


def resource_settings(endpoint: str) -> dict[str, str]:
    """The environment variables by which the functions find what `create_missing` made."""
    return (
        {table.env: physical_name(table.name) for table in TABLES}
        | {queue.env: queue_url(endpoint, queue.name) for queue in (*QUEUES, *DEAD_LETTERS)}
        | {bucket.env: physical_name(bucket.name) for bucket in BUCKETS}
    )


def physical_name(name: str) -> str:
    return f"owed-{name}"


def queue_url(endpoint: str, name: str) -> str:
    """Made here rather than asked for: after a restart ministack answers with its port of the day before."""
    return f"{endpoint}/{ACCOUNT}/{physical_name(name)}"


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{physical_name(name)}"


def dead_letter_name(queue: Queue) -> str:
    return f"{queue.name}-dead"


def _create_table(dynamodb: "DynamoDBClient", table: Table) -> None:
    keys = {key.name: key for key in (table.partition, table.sort)}
    keys |= {key.name: key for index in table.indexes for key in (index.partition, index.sort)}
    with suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(
            TableName=physical_name(table.name),
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_key_schema(table.partition, table.sort),
            AttributeDefinitions=[
                {"AttributeName": key.name, "AttributeType": key.type.value} for key in keys.values()
            ],
            GlobalSecondaryIndexes=[_index(index) for index in table.indexes],
        )
    _let_expire(dynamodb, table)
    _let_stream(dynamodb, table)


def _let_expire(dynamodb: "DynamoDBClient", table: Table) -> None:
    name = physical_name(table.name)
    present = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if table.expiry and present.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        specification: TimeToLiveSpecificationTypeDef = {"Enabled": True, "AttributeName": table.expiry}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)


def _let_stream(dynamodb: "DynamoDBClient", table: Table) -> None:
    """Also a table that was made before it had a stream."""
    name = physical_name(table.name)
    present = dynamodb.describe_table(TableName=name)["Table"].get("StreamSpecification", {})
    if table.streamed and not present.get("StreamEnabled"):
        both: StreamSpecificationTypeDef = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        dynamodb.update_table(TableName=name, StreamSpecification=both)


def _index(index: Index) -> "GlobalSecondaryIndexTypeDef":
    projection: ProjectionTypeDef = {"ProjectionType": "ALL"}
    if index.include:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.include)}
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition, index.sort),
        "Projection": projection,
    }


def _key_schema(partition: Key, sort: Key) -> "Sequence[KeySchemaElementTypeDef]":
    return [
        {"AttributeName": partition.name, "KeyType": "HASH"},
        {"AttributeName": sort.name, "KeyType": "RANGE"},
    ]


def _create_queue(sqs: "SQSClient", queue: Queue) -> None:
    retention = str(queue.retention_days * DAY_SECONDS)
    dead = dead_letter_name(queue)
    redrive = {"deadLetterTargetArn": queue_arn(dead), "maxReceiveCount": queue.max_receives}
    read = queue.dead_letters
    hidden: dict[QueueAttributeNameType, str] = {"VisibilityTimeout": str(read.visibility_seconds)} if read else {}
    _ensure_queue(sqs, dead, {"MessageRetentionPeriod": retention, **hidden})
    _ensure_queue(
        sqs,
        queue.name,
        {
            "MessageRetentionPeriod": retention,
            "VisibilityTimeout": str(queue.visibility_seconds),
            "RedrivePolicy": json.dumps(redrive),
        },
    )


def _ensure_queue(sqs: "SQSClient", name: str, attributes: "dict[QueueAttributeNameType, str]") -> None:
    # Looked up first: CreateQueue would make a second, empty queue when ministack's port has changed.
    try:
        url = sqs.get_queue_url(QueueName=physical_name(name))["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        url = sqs.create_queue(QueueName=physical_name(name))["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _create_bucket(s3: "S3Client", bucket: Bucket) -> None:
    try:
        s3.create_bucket(Bucket=physical_name(bucket.name))
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return
