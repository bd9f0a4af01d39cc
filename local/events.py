"""The payloads that AWS hands to a handler: API Gateway's payload 2.0, batches of queues and streams, a context."""

import base64
import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from infra.resources import Function
from local.environment import ACCOUNT, REGION
from local.messages import Json, Message, Request
from local.routes import Match

ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
TEXT_TYPES = ("application/json", "application/xml", "application/javascript")


def decoded_path(path: str) -> str:
    """An HTTP API decodes the path, `%2F` included, before routing and in `rawPath`; only `%25` stays."""

    def decode(escapes: re.Match[str]) -> str:
        kept = re.split(r"(%25)", escapes.group())
        return "".join(
            part if part == "%25" else bytes.fromhex(part.replace("%", "")).decode(errors="replace") for part in kept
        )

    return ESCAPES.sub(decode, path)


def http_event(request: Request, match: Match) -> Json:
    now = datetime.now(UTC)
    path = decoded_path(request.path)
    event: Json = {
        "version": "2.0",
        "routeKey": match.route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": _joined((name.lower(), value) for name, value in request.headers),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": request.header("user-agent"),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": match.route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    # AWS leaves out what is not there: a null would hide a handler that relies on the key.
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if match.path_parameters:
        event["pathParameters"] = match.path_parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request)
    return event


def queue_event(messages: Sequence[Message], queue_arn: str) -> Json:
    return {
        "Records": [
            {
                "messageId": message.id,
                "receiptHandle": message.receipt,
                "body": message.body,
                "attributes": dict(message.attributes),
                "messageAttributes": {},
                "md5OfBody": message.body_md5,
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def stream_event(records: Iterable[Mapping[str, Any]], stream_arn: str) -> Json:
    """Changes as Lambda hands them over: bytes as base64, the time in seconds."""
    return {"Records": [{**_plain(record), "eventSourceARN": stream_arn} for record in records]}


@dataclass(frozen=True, slots=True)
class LambdaContext:
    function: Function
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)
    function_version: str = "$LATEST"

    @property
    def function_name(self) -> str:
        return self.function.name

    @property
    def memory_limit_in_mb(self) -> str:
        return str(self.function.memory_mb)

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function.name}"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function.name}"

    @property
    def log_stream_name(self) -> str:
        return f"local/[$LATEST]{self.aws_request_id}"

    def get_remaining_time_in_millis(self) -> int:
        left = self.started + self.function.timeout_seconds - time.monotonic()
        return max(int(left * 1000), 0)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of a record
    match value:
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return int(value.timestamp())
        case _:
            return value


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(request: Request) -> tuple[str, bool]:
    """Text for the few types that API Gateway takes for text; base64 for the rest, forms included."""
    content_type = request.header("content-type").partition(";")[0].strip().lower()
    if content_type.startswith("text/") or content_type in TEXT_TYPES:
        return request.body.decode(errors="replace"), False
    return base64.b64encode(request.body).decode(), True
