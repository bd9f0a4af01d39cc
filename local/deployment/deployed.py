"""What lies in the emulator after a deployment, found through the rows that it was made of."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.resources import API_PREFIX, FUNCTIONS, Bucket, Function, Queue, Table
from local.deployment.errors import StepFailedError
from local.session import DIRECT, local_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True, slots=True)
class Clients:
    """`iam`, `logs` and `scheduler` have no types here: nothing else in the project calls them."""

    dynamodb: "DynamoDBClient"
    functions: "LambdaClient"
    s3: "S3Client"
    sqs: "SQSClient"
    iam: Any
    logs: Any
    scheduler: Any

    @classmethod
    def at(cls, endpoint: str) -> "Clients":
        session = local_session()
        return cls(
            dynamodb=session.client("dynamodb", endpoint_url=endpoint, config=DIRECT),
            functions=session.client("lambda", endpoint_url=endpoint, config=DIRECT),
            s3=session.client("s3", endpoint_url=endpoint, config=DIRECT),
            sqs=session.client("sqs", endpoint_url=endpoint, config=DIRECT),
            iam=session.client("iam", endpoint_url=endpoint, config=DIRECT),
            logs=session.client("logs", endpoint_url=endpoint, config=DIRECT),
            scheduler=session.client("scheduler", endpoint_url=endpoint, config=DIRECT),
        )


class Deployed:
    """Names are those that the functions themselves were given: what a function does not find, this does not."""

    def __init__(self, endpoint: str, outputs: Mapping[str, str]) -> None:
        self.endpoint = endpoint
        self.clients = Clients.at(endpoint)
        self.outputs = outputs
        self._names = {
            variable: value
            for made in self.functions().values()
            for variable, value in made.get("Environment", {}).get("Variables", {}).items()
        }

    @property
    def root(self) -> str:
        """Of the API, without the prefix: ministack serves an HTTP API of any region below this path."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs['ApiId']}"

    @property
    def api(self) -> str:
        """What a client is given as its base URL."""
        return f"{self.root}{API_PREFIX}"

    def functions(self) -> "dict[str, FunctionConfigurationTypeDef]":
        """By the name of the row that each was made of."""
        rows = {row.handler: row.name for row in FUNCTIONS}
        pages = self.clients.functions.get_paginator("list_functions").paginate()
        found = [made for page in pages for made in page["Functions"]]
        return {rows[made["Handler"]]: made for made in found if made.get("Handler") in rows}

    def function(self, row: Function) -> "FunctionConfigurationTypeDef":
        return self.functions()[row.name]

    def name_of(self, row: Table | Queue | Bucket) -> str:
        """A table's or bucket's name, a queue's URL; also after the functions have gone."""
        if row.env not in self._names:
            raise StepFailedError(f"No function was given {row.env}, so {row.name} cannot be found.")
        return self._names[row.env]

    def queue_attributes(self, url: str) -> Mapping[str, str]:
        attributes = self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {str(name): value for name, value in attributes.items()}

    def dead_letters_url(self, row: Queue) -> str:
        redrive = json.loads(self.queue_attributes(self.name_of(row))["RedrivePolicy"])
        name = redrive["deadLetterTargetArn"].rpartition(":")[2]
        return self.clients.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def consumer_of(self, row: Queue) -> str:
        """The id of the mapping by which Lambda reads the queue."""
        arn = self.queue_attributes(self.name_of(row))["QueueArn"]
        (mapping,) = self.clients.functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        return mapping["UUID"]

    def log_of(self, row: Function) -> list[str]:
        """All lines that the function has logged."""
        group = self.function(row)["LoggingConfig"]["LogGroup"]
        pages = self.clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def logs(self) -> dict[str, str]:
        """By the name of each function's row; one whose log has gone already has none."""
        logs: dict[str, str] = {}
        made = self.functions()
        for row in FUNCTIONS:
            if row.name in made:
                with contextlib.suppress(ClientError):
                    logs[row.name] = "\n".join(self.log_of(row))
        return logs

    def keep_logs(self, folder: Path) -> None:
        """A file for each."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.logs().items():
            (folder / f"{name}.log").write_text(text, encoding="utf-8")

    def items_in(self, row: Table) -> int:
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=self.name_of(row), Select="COUNT")
        return sum(page["Count"] for page in pages)
