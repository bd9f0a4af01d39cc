"""A body of OTLP in JSON becomes the same in protobuf, by opentelemetry-proto, so that there is one way to read spans.

OTLP writes ids in hexadecimal where the JSON mapping of protobuf has base64.
"""

import base64
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic_core import from_json

from functions.billing.errors import InvalidInput

_IDS = ("traceId", "spanId", "parentSpanId")
_READ = (*_IDS, "name", "startTimeUnixNano", "endTimeUnixNano", "attributes")


def in_protobuf(body: bytes) -> bytes:
    """Raises InvalidInput for what is not JSON, or not OTLP's."""
    try:
        content = from_json(body, allow_inf_nan=False)
        message = ParseDict(_translated(content), ExportTraceServiceRequest(), ignore_unknown_fields=True)
    except (ParseError, ValueError) as error:
        raise InvalidInput(f"the body is no ExportTraceServiceRequest in JSON: {error}") from error
    serialized: bytes = message.SerializeToString()
    return serialized


def _translated(request: object) -> dict[str, Any]:
    """What is read of it, with ids as the mapping expects them; what has another shape is left for it to refuse."""
    if not isinstance(request, dict):
        raise InvalidInput("the body is no JSON object, expected one with resourceSpans")
    return {"resourceSpans": [_resource_spans(each) for each in _each(request.get("resourceSpans"))]}


def _resource_spans(sent: Any) -> object:  # noqa: ANN401 - JSON
    if not isinstance(sent, dict):
        return sent
    resource = sent.get("resource")
    attributes = {"attributes": resource.get("attributes")} if isinstance(resource, dict) else resource
    return {"resource": attributes, "scopeSpans": [_scope_spans(each) for each in _each(sent.get("scopeSpans"))]}


def _scope_spans(sent: Any) -> object:  # noqa: ANN401 - JSON
    if not isinstance(sent, dict):
        return sent
    scope = sent.get("scope")
    name = {"name": scope.get("name")} if isinstance(scope, dict) else scope
    return {"scope": name, "spans": [_span(each) for each in _each(sent.get("spans"))]}


def _span(sent: object) -> object:
    if not isinstance(sent, dict):
        return sent
    span = {name: sent[name] for name in _READ if name in sent}
    return {**span, **{name: _from_hex(span[name]) for name in _IDS if name in span}}


def _each(sent: object) -> Iterator[object]:
    if sent is None:
        return iter(())
    if not isinstance(sent, list):
        raise InvalidInput("resourceSpans, scopeSpans and spans are lists in OTLP, and one of them is none")
    return iter(sent)


def _from_hex(value: object) -> object:
    """Of what is no hexadecimal nothing is left: such a span is refused for its id, if it counts."""
    try:
        return base64.b64encode(bytes.fromhex(value)).decode() if isinstance(value, str) else value
    except ValueError:
        return ""
