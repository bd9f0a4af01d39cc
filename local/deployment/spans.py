"""Calls of a model as OpenTelemetry's exporters send them, once in each form that API Gateway lets through."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from local import guide

PATH = "/v1/traces"
PROTOBUF, JSON = "application/x-protobuf", "application/json"

NOBODYS_KEY = f"owed_live_{'n' * 43}"
"""In the form of a key, and none."""

TOKENS = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 500}
COST = 0.0075
"""Of a call, in US dollars: 1,000 tokens at 2.50 and 500 at 10.00 a million."""


@dataclass(frozen=True, slots=True)
class Export:
    """A request; `form` is what its call's metadata names, which tells it from the others."""

    form: str
    headers: Mapping[str, str]
    body: bytes


def exports(key: str, moment: datetime) -> Iterator[Export]:
    """Of a call each, at `moment`; the last two say the key as clients of 2025 do, in no header."""
    with_key = {"authorization": f"Bearer {key}"}
    protobuf = {"content-type": PROTOBUF}
    packed = {**protobuf, **with_key, "content-encoding": "gzip"}
    yield Export("protobuf", {**protobuf, **with_key}, _bytes(_request("protobuf", moment)))
    yield Export("gzip", packed, gzip.compress(_bytes(_request("gzip", moment))))
    yield Export("json", {"content-type": JSON, **with_key}, _json(_request("json", moment)))
    yield from keyed_within(key, moment)


def keyed_within(key: str, moment: datetime) -> Iterator[Export]:
    protobuf = {"content-type": PROTOBUF}
    yield Export("api.key", protobuf, _bytes(_request("api.key", moment, of_resource={"api.key": key})))
    yield Export("token", protobuf, _bytes(_request("token", moment, token=key)))


def _request(
    form: str, moment: datetime, *, of_resource: Mapping[str, str] | None = None, **said: str
) -> ExportTraceServiceRequest:
    nano = int(moment.timestamp()) * 10**9
    attributes = {
        "external_customer_id": guide.CUSTOMER,
        "external_agent_id": guide.PRODUCT,
        "gen_ai.system": "openai",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "metadata.form": form,
        **TOKENS,
        **said,
    }
    # Its ids are made of the form: what is sent again is the same span.
    span = Span(
        trace_id=form.encode().ljust(16, b"-"),
        span_id=form.encode().ljust(8, b"-")[:8],
        name="paid.trace.openai.chat.completions.create",
        start_time_unix_nano=nano,
        end_time_unix_nano=nano + 10**9,
        attributes=_written(attributes),
    )
    resource = Resource(attributes=_written(of_resource or {}))
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=[span])])]
    )


def _written(attributes: Mapping[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(key=name, value=AnyValue(string_value=said) if isinstance(said, str) else AnyValue(int_value=said))
        for name, said in attributes.items()
    ]


def _bytes(request: ExportTraceServiceRequest) -> bytes:
    serialized: bytes = request.SerializeToString()
    return serialized


def _json(request: ExportTraceServiceRequest) -> bytes:
    """As OTLP writes it: ids in hexadecimal, where protobuf's own JSON has base64."""
    content = json.loads(MessageToJson(request))
    (made,) = request.resource_spans[0].scope_spans[0].spans
    (span,) = content["resourceSpans"][0]["scopeSpans"][0]["spans"]
    span.update(traceId=made.trace_id.hex(), spanId=made.span_id.hex())
    return json.dumps(content).encode()
