"""The composition root begins here: the AWS clients, made at first use; boto3 is loaded by the first call, not before.

The modules of this package are the only ones that know settings and adapters. Each is small and imports what its
factories need, so that a function loads no more than its own.
"""

from functools import cache
from typing import TYPE_CHECKING

from functions.adapters.dynamodb.table import Records
from functions.runtime import settings

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@cache
def dynamodb() -> "DynamoDBClient":
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("dynamodb", config=_patience())


@cache
def sqs() -> "SQSClient":
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("sqs", config=_patience())


@cache
def s3() -> "S3Client":
    import boto3  # noqa: PLC0415 - see above

    return boto3.client("s3", config=_patience())


@cache
def records() -> Records:
    return Records(dynamodb(), settings.records_table())


def _patience() -> "Config":
    """A call that hangs is tried again in time: by itself botocore waits 60 seconds, when most functions are over."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    return Config(connect_timeout=2, read_timeout=8)


def clients() -> "tuple[DynamoDBClient, SQSClient]":
    """The clients that carry the hot path, for whoever wants to listen to their calls."""
    return dynamodb(), sqs()
