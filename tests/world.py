"""Drives the real handlers on moto as API Gateway and SQS would: a handler test in the words of a caller."""

import base64
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import boto3
import moto
import pytest

from functions.billing.models.invoice import Invoice
from functions.billing.models.organization import ApiKey, Organization, Scope
from functions.billing.usecases.advance_clock import AdvanceClock
from functions.runtime.auth import hash_secret
from functions.runtime.chance import new_id, new_secret, real_now
from functions.wiring import identity, running, terms
from infra.resources import BILLING_CHANGES, BUCKETS, DEAD_LETTERS, FUNCTIONS, QUEUES, TABLES, Queue
from local.environment import REGION, WEBHOOKS_GO_ANYWHERE, aws_settings
from local.events import LambdaContext, http_event, queue_event, stream_event
from local.functions import imported_handler
from local.messages import Message, Request
from local.resources import Clients, create_missing, physical_name, queue_arn
from local.routes import match
from tests import changes, partiql
from tests.logs import printed_by
from tests.memory import is_empty
from tests.permissions import acting_as

PREFIX = "/api/v2"
BY_NAME = {function.name: function for function in FUNCTIONS}
ALL_SCOPES = tuple(Scope)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def sentence(self) -> str:
        return str(self.body["error"])


@dataclass(frozen=True)
class Tenant:
    """An organization and a key of it, calling the API."""

    organization_id: str
    secret: str

    def call(self, method: str, path: str, body: object = None, query: Mapping[str, object] | None = None) -> Answer:
        return call(method, path, body, query, authorization=f"Bearer {self.secret}")

    def get(self, path: str, **query: object) -> Any:
        """The body of a successful GET."""
        answer = self.call("GET", path, query=query)
        assert answer.status == 200, answer
        return answer.body

    def create(self, path: str, **body: object) -> Any:
        """The body of a successful create."""
        answer = self.call("POST", path, body)
        assert answer.status == 201, answer
        return answer.body


@dataclass(frozen=True)
class World:
    clients: Clients

    def tenant(
        self,
        name: str = "Acme AI",
        *,
        clock: date | None = None,
        test: bool = True,
        scopes: tuple[Scope, ...] = ALL_SCOPES,
    ) -> Tenant:
        """A new organization with a key."""
        now = real_now()
        organization = Organization(id=new_id("org"), name=name, test=test, clock=clock, created_at=now, updated_at=now)
        identity.organizations().insert(organization)
        return Tenant(organization.id, self.key(organization.id, scopes=scopes, now=now))

    def key(self, organization_id: str, *, scopes: tuple[Scope, ...], now: datetime) -> str:
        secret = f"owed_test_{new_secret()}"
        identity.api_keys().insert(
            ApiKey(
                id=new_id("key"),
                organization_id=organization_id,
                name="tests",
                sha256=hash_secret(secret),
                test=True,
                scopes=scopes,
                created_at=now,
            )
        )
        return secret

    def advance_clock(self, tenant: Tenant, day: date) -> list[Invoice]:
        """As the admin function does it, but that the queues are worked off here and not by a poller."""
        self.work()
        advance = AdvanceClock(
            organizations=identity.organizations(),
            schedules=terms.schedules(),
            bill=running.bill_orders(),
            drain=self.work,
        )
        return advance(tenant.organization_id, day, now=real_now())[1]

    def work(self) -> None:
        """Delivers everything in the queues, and what that puts there, until they are empty."""
        while self.announce() + sum(self.deliver(queue) for queue in (*QUEUES, *DEAD_LETTERS)) > 0:
            pass

    def announce(self) -> int:
        """Delivers what the stream has of invoices to its function; answers how many changes that were."""
        records = changes.taken(BILLING_CHANGES)
        if records:
            answer = invoke("announce_events", stream_event(records, "arn:of:the:stream"))
            assert answer["parked"] == 0, answer
        return len(records)

    def deliver(self, queue: Queue) -> int:
        """Delivers up to one batch of a queue to its function; answers how many messages succeeded."""
        messages = [] if is_empty(queue) else self.receive(queue)
        if not messages:
            return 0
        function = next(f for f in FUNCTIONS if f.trigger is queue)
        answer = invoke(function.name, queue_event(messages, queue_arn(queue.name)))
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in messages:
            if message.id in failed and queue.sets_delays:
                continue
            if message.id in failed:
                self.clients.sqs.change_message_visibility(
                    QueueUrl=self.url(queue), ReceiptHandle=message.receipt, VisibilityTimeout=0
                )
            else:
                self.clients.sqs.delete_message(QueueUrl=self.url(queue), ReceiptHandle=message.receipt)
        return len(messages) - len(failed)

    def receive(self, queue: Queue) -> list[Message]:
        received = self.clients.sqs.receive_message(
            QueueUrl=self.url(queue),
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            Message(
                id=m["MessageId"],
                receipt=m["ReceiptHandle"],
                body=m["Body"],
                attributes={str(name): value for name, value in m["Attributes"].items()},
            )
            for m in received.get("Messages", [])
        ]

    def url(self, queue: Queue) -> str:
        return os.environ[queue.env]  # noqa: TID251 - `fresh_world` has set it, as a deployment does


def call(
    method: str,
    path: str,
    body: object = None,
    query: Mapping[str, object] | None = None,
    *,
    authorization: str | None = None,
) -> Answer:
    """One HTTP request below the API's prefix, through the function that the routes name."""
    headers = [("Content-Type", "application/json")]
    if authorization is not None:
        headers.append(("Authorization", authorization))
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    answer = send(
        Request(
            method,
            path if path.rstrip("/") in {"/health", "/openapi.json"} else PREFIX + path,
            query=urlencode({k: str(v) for k, v in (query or {}).items()}),
            headers=headers,
            body=content,
        )
    )
    is_json = answer["headers"]["content-type"] == "application/json"
    return Answer(answer["statusCode"], json.loads(answer["body"]) if is_json else base64.b64decode(answer["body"]))


def send(request: Request) -> Any:
    """What the function that the routes name answers to an HTTP request."""
    found = match(request.method, request.path)
    return invoke(found.function, http_event(request, found))


def invoke(function: str, event: dict[str, Any]) -> Any:
    """Calls a function as Lambda does: JSON in, JSON out, with the permissions of its role."""
    handler = imported_handler(BY_NAME[function])
    with acting_as(function), printed_by(function):
        answer = handler(json.loads(json.dumps(event)), LambdaContext(BY_NAME[function]))
    return json.loads(json.dumps(answer))


@contextmanager
def fresh_world() -> Iterator[World]:
    """Tables, queues and a bucket that nobody used before, and wiring that knows no others."""
    settings = {k: v for k, v in aws_settings("unused").items() if k != "AWS_ENDPOINT_URL"}
    with pytest.MonkeyPatch.context() as environment, moto.mock_aws(), partiql.understood():
        for name in [name for name in os.environ if name.startswith("AWS_")]:  # noqa: TID251 - plays Lambda
            environment.delenv(name)
        for name, value in settings.items():
            environment.setenv(name, value)
        clients = Clients(
            dynamodb=boto3.client("dynamodb", region_name=REGION),
            s3=boto3.client("s3", region_name=REGION),
            sqs=boto3.client("sqs", region_name=REGION),
        )
        create_missing(clients)
        for queue in (*QUEUES, *DEAD_LETTERS):
            url = clients.sqs.get_queue_url(QueueName=physical_name(queue.name))["QueueUrl"]
            environment.setenv(queue.env, url)
        for shape in (*TABLES, *BUCKETS):
            environment.setenv(shape.env, physical_name(shape.name))
        for name, value in WEBHOOKS_GO_ANYWHERE.items():
            environment.setenv(name, value)
        forget()
        yield World(clients)
        forget()


def forget() -> None:
    """Empties every cache of the composition root, so that the next use reads the settings again."""
    for name, module in list(sys.modules.items()):
        if name.startswith("functions.wiring."):
            for factory in vars(module).values():
                if hasattr(factory, "cache_clear"):
                    factory.cache_clear()
