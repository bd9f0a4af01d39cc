"""A body of OTLP in protobuf becomes spans, and the old keys that came in it (wire-contract 3.4)."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite

from google.protobuf.message import DecodeError
from pydantic import JsonValue

from functions.billing.errors import InvalidInput, TooLarge
from functions.billing.telemetry.attributes import is_read
from functions.billing.telemetry.span import Span
from functions.traces import messages

MAX_SPANS = 10_000
"""Spans of a request, and the messages around them: what one function call can surely read, price and send."""

_API_KEY, _TOKEN = "api.key", "token"

_REMEMBERED_BYTES = 256
"""Of an attribute: shorter ones come again in a batch, and longer ones are texts of prompts."""

_Read = tuple[str, JsonValue] | None


@dataclass(frozen=True, slots=True)
class Received:
    """The spans of a request by the key that came with them, None where none did, and the sentences for the broken."""

    spans: dict[str | None, list[Span]] = field(default_factory=dict[str | None, list[Span]])
    broken: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        return len(self.broken) + sum(map(len, self.spans.values()))


def read(body: bytes) -> Received:
    """Raises InvalidInput for what is not OTLP, and TooLarge; a span that is broken by itself stops no others."""
    try:
        return _Reader().read(body)
    except DecodeError as error:
        raise InvalidInput(f"the body is no ExportTraceServiceRequest in protobuf: {error}") from error


class _Reader:
    def __init__(self) -> None:
        self._known = _Known()
        self._left = MAX_SPANS
        self._received = Received()

    def read(self, body: bytes) -> Received:
        for resource_spans in self._counted(messages.Request.FromString(body).resource_spans):
            resource = messages.ResourceSpans.FromString(resource_spans)
            key = self._attributes(resource.resource.attributes).get(_API_KEY)
            for scope_spans in self._counted(resource.scope_spans):
                scope = messages.ScopeSpans.FromString(scope_spans)
                self._read_spans(scope.scope.name, scope.spans, key)
        return self._received

    def _read_spans(self, scope: str, spans: Sequence[bytes], resource_key: JsonValue) -> None:
        by_key, read_span = self._received.spans, self._span
        for content in self._counted(spans):
            try:
                span = read_span(scope, content)
            except DecodeError as error:
                self._received.broken.append(f"a span is no message of protobuf: {error}")
                continue
            token = span.attributes.get(_TOKEN, resource_key)
            by_key.setdefault(token if isinstance(token, str) else None, []).append(span)

    def _span(self, scope: str, content: bytes) -> Span:
        span = messages.Span.FromString(content)
        return Span(
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_span_id.hex(),
            span.name,
            scope,
            span.start_time_unix_nano,
            span.end_time_unix_nano,
            self._attributes(span.attributes),
        )

    def _attributes(self, contents: Iterable[bytes]) -> dict[str, JsonValue]:
        """Of several with one name the last."""
        return dict(filter(None, map(self._known.__getitem__, contents)))

    def _counted(self, contents: Sequence[bytes]) -> Iterator[bytes]:
        """Raises TooLarge before it is begun with."""
        self._left -= len(contents)
        if self._left < 0:
            raise TooLarge(f"the request has more than {MAX_SPANS} spans, expected smaller batches")
        return iter(contents)


class _Known(dict[bytes, _Read]):
    """What each attribute says: most of a batch's are the same in all of its spans, and are read once."""

    def __missing__(self, content: bytes) -> _Read:
        read = _attribute(content)
        if len(content) <= _REMEMBERED_BYTES:
            self[content] = read
        return read


def _attribute(content: bytes) -> _Read:
    """None for one that nobody asks for: its value is not looked at."""
    attribute = messages.KeyValue.FromString(content)
    name = attribute.key
    return (name, _value(attribute.value)) if is_read(name) or name in {_API_KEY, _TOKEN} else None


def _value(value: messages.Untyped) -> JsonValue:
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [_value(each) for each in value.array_value.values]
        case "kvlist_value":
            return {each.key: _value(each.value) for each in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "double_value":
            return value.double_value if isfinite(value.double_value) else str(value.double_value)
        case _:
            plain: JsonValue = getattr(value, kind)
            return plain
