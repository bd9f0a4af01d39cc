"""A body of OTLP in protobuf becomes spans, and the old keys that came in it (wire-contract 3.4).

Attributes that nobody asks for are left as they came, be they broken: some senders cut a prompt within a character.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from pydantic import JsonValue

from functions.billing.errors import InvalidInput
from functions.billing.telemetry.span import Span
from functions.traces import messages
from functions.traces.attribute_bytes import API_KEY, REMEMBERED_BYTES, TOKEN, KnownAttributes, read_attribute
from functions.traces.limits import Limits

_BYTES_OF_A_SPAN = 1_000
"""Of one without prompts."""

_ReadAttributes = Callable[[Sequence[bytes]], dict[str, JsonValue]]


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
        self._limits = Limits()
        self._known = KnownAttributes(self._limits).__getitem__
        self._received = Received()

    def read(self, body: bytes) -> Received:
        found = messages.Request.FromString(body).resource_spans
        self._limits.take("resources", len(found))
        for resource_spans in map(messages.ResourceSpans.FromString, found):
            key = self._attributes(resource_spans.resource.attributes[:]).get(API_KEY)
            self._limits.take("scopes", len(resource_spans.scope_spans))
            for content in resource_spans.scope_spans:
                scope_spans = messages.ScopeSpans.FromString(content)
                self._limits.take("spans", len(scope_spans.spans))
                is_full_of_texts = len(content) > _BYTES_OF_A_SPAN * len(scope_spans.spans)
                read = self._attributes_among_texts if is_full_of_texts else self._attributes
                self._read_spans(scope_spans.scope.name, self._spans(content, scope_spans.spans), key, read)
        return self._received

    def _spans(self, content: bytes, each: Iterable[bytes]) -> list[messages.Untyped]:
        """All at once; one by one where one of them is broken."""
        try:
            return list(messages.ReadScopeSpans.FromString(content).spans)
        except DecodeError:
            return [span for span in map(self._message, each) if span is not None]

    def _message(self, content: bytes) -> messages.Untyped:
        try:
            return messages.Span.FromString(content)
        except DecodeError as error:
            self._received.broken.append(f"a span is no message of protobuf: {error}")
            return None

    def _read_spans(
        self, scope: str, spans: Iterable[messages.Untyped], resource_key: JsonValue, attributes_of: _ReadAttributes
    ) -> None:
        by_key = self._received.spans
        default = resource_key if resource_key and isinstance(resource_key, str) else None
        same_key: list[Span] | None = None
        for span in spans:
            try:
                attributes = attributes_of(span.attributes[:])
            except DecodeError as error:
                self._received.broken.append(f"an attribute of a span cannot be read: {error}")
                continue
            made = Span._make(
                (
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.name,
                    scope,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    attributes,
                ),
            )
            token = attributes.get(TOKEN)
            if token and isinstance(token, str):
                by_key.setdefault(token, []).append(made)
                continue
            if same_key is None:
                same_key = by_key.setdefault(default, [])
            same_key.append(made)

    def _attributes(self, contents: Sequence[bytes]) -> dict[str, JsonValue]:
        """Of several with one name the last."""
        self._limits.take("attributes", len(contents))
        return dict(filter(None, map(self._known, contents)))

    def _attributes_among_texts(self, contents: Sequence[bytes]) -> dict[str, JsonValue]:
        """The same; to look for a long text among those that are known costs more than to see that nobody wants it."""
        self._limits.take("attributes", len(contents))
        known, limits = self._known, self._limits
        read = [known(each) if len(each) <= REMEMBERED_BYTES else read_attribute(each, limits) for each in contents]
        return dict(filter(None, read))
