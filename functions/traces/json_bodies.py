"""A body of OTLP in JSON becomes the same in protobuf, by opentelemetry-proto, so that there is one way to read spans.

OTLP writes ids in hexadecimal where the JSON mapping of protobuf has base64. What is read is counted before messages
are made of it, and no sentence repeats a value: there may be keys among them.
"""

import base64
import re
from collections.abc import Iterable
from typing import Any, cast

from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic_core import from_json

from functions.billing.errors import InvalidInput
from functions.traces.attribute_bytes import is_wanted
from functions.traces.limits import MOST, Limits

_IDS = ("traceId", "spanId", "parentSpanId")
_READ = (*_IDS, "name", "startTimeUnixNano", "endTimeUnixNano")
_PLAIN = ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue")

_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""One without an end is to be matched too: to try again at each of its quotes takes the square of the time."""
_BEGINNINGS = (b"{", b"[", b",")
"""One of these comes before every value but the first."""

_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""In a text: both halves of a character, one alone, or anything else."""
_REPLACEMENT = rb"\ufffd"

_UNREADABLE = (ParseError, ValueError, OverflowError)
"""What json_format raises; the last for a number of more than 308 digits."""

_FIELDS = re.compile(r"(?:Failed to parse [A-Za-z]+ field: )*")
"""What json_format says of where it is; after it there may be the value."""


def in_protobuf(body: bytes) -> tuple[bytes, list[str]]:
    """With a sentence for each span that is broken by itself, and left out: it stops no others.

    Raises InvalidInput for what is not JSON, or not OTLP's, and TooLarge.
    """
    limits = Limits()
    _count_values(body, limits)
    try:
        content = _parsed(body)
    except ValueError as error:
        raise InvalidInput(f"the body is no ExportTraceServiceRequest in JSON: {error}") from None
    request = _Translation(limits).request(content)
    try:
        return _serialized(request), []
    except _UNREADABLE:
        broken = _without_broken(request)
    try:
        return _serialized(request), broken
    except _UNREADABLE as error:
        raise InvalidInput(f"the body is no ExportTraceServiceRequest in JSON: {_where(error)}") from None


def _parsed(body: bytes) -> object:
    """JavaScript cuts texts within a character and writes the half: that is no text, but no reason to lose a span."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        whole = _ESCAPES.sub(lambda found: _REPLACEMENT if found[1] else found[0], body)
        if whole == body:
            raise
        return from_json(whole, allow_inf_nan=False)


def _serialized(request: dict[str, Any]) -> bytes:
    serialized: bytes = ParseDict(request, ExportTraceServiceRequest()).SerializeToString()
    return serialized


def _without_broken(request: dict[str, Any]) -> list[str]:
    """Takes out of the request the spans that cannot be read, each tried where it stands: depth counts from there."""
    sentences: list[str] = []
    for resource_spans in request["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            whole: list[dict[str, Any]] = []
            for span in scope_spans["spans"]:
                try:
                    _serialized({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
                    whole.append(span)
                except _UNREADABLE as error:
                    sentences.append(f"a span cannot be read: {_where(error)}")
            scope_spans["spans"] = whole
    return sentences


def _count_values(body: bytes, limits: Limits) -> None:
    """Texts have such bytes too: they are left out of account where it matters, for that costs a copy."""
    if _beginnings(body) > MOST["values"]:
        limits.take("values", _beginnings(_TEXT.sub(b"", body)))


def _beginnings(body: bytes) -> int:
    return sum(map(body.count, _BEGINNINGS))


def _where(error: Exception) -> str:
    found = _FIELDS.match(str(error))
    path = ".".join(re.findall(r"parse ([A-Za-z]+) field", found[0])) if found else ""
    return f"{path or 'a value'} is not what the field takes"


class _Translation:
    """What is read of a request, with ids as the mapping expects them; it is for the mapping to refuse plain values."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def request(self, sent: object) -> dict[str, Any]:
        content = _object(sent, "the body")
        return {"resourceSpans": [self._resource_spans(each) for each in self._each(content, "resourceSpans")]}

    def _resource_spans(self, sent: object) -> dict[str, Any]:
        content = _object(sent, "an element of resourceSpans")
        resource = self._attributes(_field(content, "resource"))
        return {"resource": resource, "scopeSpans": [self._scope(each) for each in self._each(content, "scopeSpans")]}

    def _scope(self, sent: object) -> dict[str, Any]:
        content = _object(sent, "an element of scopeSpans")
        scope = _of(_field(content, "scope"), ("name",))
        return {"scope": scope, "spans": [self._span(each) for each in self._each(content, "spans")]}

    def _span(self, sent: object) -> dict[str, Any]:
        content = _object(sent, "an element of spans")
        span = _of(content, _READ)
        ids = {name: _from_hex(span[name]) for name in _IDS if name in span}
        return {**span, **ids, **self._attributes(content)}

    def _attributes(self, content: dict[str, Any]) -> dict[str, Any]:
        """Those that somebody asks for."""
        found = (_object(each, "an element of attributes") for each in self._each(content, "attributes"))
        return {"attributes": [self._attribute(each) for each in found if _may_be_wanted(each)]}

    def _attribute(self, content: dict[str, Any]) -> dict[str, Any]:
        made = _of(content, ("key",))
        return {**made, "value": self._value(content["value"])} if content.get("value") is not None else made

    def _value(self, sent: object) -> dict[str, Any]:
        content = _object(sent, "a value")
        made = _of(content, _PLAIN)
        if "arrayValue" in content:
            values = self._each(_field(content, "arrayValue"), "values")
            made["arrayValue"] = {"values": [self._value(each) for each in values]}
        if "kvlistValue" in content:
            values = self._each(_field(content, "kvlistValue"), "values")
            made["kvlistValue"] = {"values": [self._attribute(_object(each, "an attribute")) for each in values]}
        return made

    def _each(self, content: dict[str, Any], name: str) -> list[object]:
        """Raises TooLarge before the list is begun with."""
        found = content.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise InvalidInput(f"{name} is no list in the body, expected one")
        each = cast("list[object]", found)
        self._limits.take(_COUNTED[name], len(each))
        return each


_COUNTED = {"resourceSpans": "resources", "scopeSpans": "scopes"} | {
    name: name for name in ("spans", "attributes", "values")
}


def _object(sent: Any, what: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    if not isinstance(sent, dict):
        raise InvalidInput(f"{what} is no JSON object, expected one of an ExportTraceServiceRequest")
    return cast("dict[str, Any]", sent)


def _field(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Empty for null, which is what is not there."""
    return {} if content.get(name) is None else _object(content[name], name)


def _of(content: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}


def _may_be_wanted(attribute: dict[str, Any]) -> bool:
    name = attribute.get("key", "")
    return not isinstance(name, str) or is_wanted(name)


def _from_hex(value: object) -> object:
    """Of what is no hexadecimal nothing is left: such a span is refused for its id, if it counts."""
    try:
        return base64.b64encode(bytes.fromhex(value)).decode() if isinstance(value, str) else value
    except ValueError:
        return ""
