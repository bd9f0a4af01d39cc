"""Spans as exporters send them: written with opentelemetry-proto, and sent to the function that the routes name."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from local.messages import Request
from tests.functions.sales import Seller
from tests.world import send

PROTOBUF, JSON = "application/x-protobuf", "application/json"
PATH = "/v1/traces"

STARTED = datetime(2025, 6, 3, 10, tzinfo=UTC)
SECOND = 10**9

_numbers = count(1)


def nano(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


def span(name: str, *, trace: int = 1, parent: Span | None = None, at: int = 0, **attributes: object) -> Span:
    """A new span of a second, `at` seconds after STARTED; an underscore pair in an attribute's name is a dot."""
    started = nano(STARTED) + at * SECOND
    return Span(
        trace_id=trace.to_bytes(16, "big"),
        span_id=next(_numbers).to_bytes(8, "big"),
        parent_span_id=b"" if parent is None else parent.span_id,
        name=name,
        start_time_unix_nano=started,
        end_time_unix_nano=started + SECOND,
        attributes=written({name.replace("__", "."): value for name, value in attributes.items()}),
    )


def signal(event_name: Any = "email_sent", customer: Any = "acme", product: Any = "sdr", **said: Any) -> Span:
    """As `signal()` of the published clients makes one."""
    who = {"event_name": event_name, "external_customer_id": customer, "external_agent_id": product}
    return span("paid.trace.signal", **{**who, **said})


def call(tokens: Any = (1_000, 500), customer: Any = "acme", **said: Any) -> Span:
    """As the wrappers of the published clients make one: input and output tokens of a model of OpenAI's."""
    given: dict[str, Any] = {
        "name": "paid.trace.openai.chat.completions.create",
        "gen_ai.system": "openai",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.usage.input_tokens": tokens[0],
        "gen_ai.usage.output_tokens": tokens[1],
    }
    who = {} if customer is None else {"external_customer_id": customer, "external_agent_id": "sdr"}
    return span(**{**given, **who, **said})


def written(attributes: Mapping[str, object]) -> list[KeyValue]:
    return [KeyValue(key=name, value=value_of(value)) for name, value in attributes.items()]


def value_of(value: object) -> AnyValue:  # noqa: PLR0911 - as many as there are kinds
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=map(value_of, value)))
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=written(value)))
        case _:
            return AnyValue()


def request(*spans: Span, scope: str = "paid.python", **resource: object) -> ExportTraceServiceRequest:
    """Of one resource; an underscore pair in an attribute's name is a dot."""
    attributes = written({name.replace("__", "."): value for name, value in resource.items()})
    scope_spans = ScopeSpans(scope=InstrumentationScope(name=scope), spans=spans)
    resource_spans = ResourceSpans(resource=Resource(attributes=attributes), scope_spans=[scope_spans])
    return ExportTraceServiceRequest(resource_spans=[resource_spans])


def in_json(sent: ExportTraceServiceRequest) -> bytes:
    """As the exporters of JavaScript write it: ids in hexadecimal."""
    content = MessageToDict(sent)
    for resource_spans in content.get("resourceSpans", []):
        for scope_spans in resource_spans.get("scopeSpans", []):
            for each in scope_spans.get("spans", []):
                for name in {"traceId", "spanId", "parentSpanId"} & each.keys():
                    each[name] = base64.b64decode(each[name]).hex()
    return json.dumps(content).encode()


@dataclass(frozen=True)
class Answer:
    """`said` is what the message of the answer says: a partial success, or google.rpc.Status."""

    status: int
    headers: Mapping[str, str]
    said: Any

    @property
    def rejected(self) -> int:
        return int(self.said.rejected_spans)

    @property
    def sentence(self) -> str:
        return str(self.said.error_message if self.status == 200 else self.said.message)


def export(
    sent: ExportTraceServiceRequest | bytes,
    *,
    key: str | None = None,
    media: str = PROTOBUF,
    headers: Sequence[tuple[str, str]] = (),
) -> Answer:
    """What an exporter is answered; the answer is read by its own media type."""
    body = sent if isinstance(sent, bytes) else in_json(sent) if media == JSON else sent.SerializeToString()
    authorization = [] if key is None else [("Authorization", f"Bearer {key}")]
    return answered(send(Request("POST", PATH, headers=[("Content-Type", media), *authorization, *headers], body=body)))


def answered(answer: Any) -> Answer:
    status, media = answer["statusCode"], answer["headers"]["content-type"]
    assert answer["isBase64Encoded"] is (media == PROTOBUF)
    if media == PROTOBUF:
        content = base64.b64decode(answer["body"])
        said: Any = (
            ExportTraceServiceResponse.FromString(content).partial_success
            if status == 200
            else Status.FromString(content)
        )
        return Answer(status, answer["headers"], said)
    assert media == JSON
    content = json.loads(answer["body"])
    if status != 200:
        return Answer(status, answer["headers"], Status(**content))
    made = ExportTraceServiceResponse()
    if "partialSuccess" in content:
        partial = content["partialSuccess"]
        assert isinstance(partial.get("rejectedSpans", "0"), str)
        made.partial_success.rejected_spans = int(partial.get("rejectedSpans", "0"))
        made.partial_success.error_message = partial["errorMessage"]
    return Answer(status, answer["headers"], made.partial_success)


def export_all(acme: Seller, *spans: Span, **how: Any) -> Answer:
    """As an exporter of theirs, and all of it is logged when this returns."""
    answer = export(request(*spans), key=acme.tenant.secret, **how)
    acme.world.work()
    return answer
