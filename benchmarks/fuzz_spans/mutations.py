"""Other requests of spans, made of recorded ones: most can be decoded, so that what comes behind it is tried too."""

from collections.abc import Callable
from random import Random
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.fuzz_spans.door import JSON, KEY, OTHER_KEY
from functions.billing.telemetry.attributes import METADATA, READ
from functions.billing.telemetry.meaning import SIGNAL_NAMES
from functions.billing.telemetry.tokens import MOST_TOKENS

_OF_BYTES = 0.1
"""The share of changes that know nothing of spans."""

_NAMES = ("token", "token", *sorted(READ), *(f"{METADATA}{name}" for name in ("a", "a.b", "a.b.c", "")))
_TEXTS = ("", "acme", "x" * 255, "x" * 256, "7", "-1", "openai", "anthropic", "gpt-4o", "AGENT", "invoke_agent")
_KEYS = (KEY, OTHER_KEY, "owed_live_x")
_DATA = (
    '{"a": 1}',
    '{"costData": {"vendor": "x", "cost": {"amount": 5, "currency": "USD"}}}',
    '{"a":' * 150 + "1" + "}" * 150,
)
_NUMBERS = (0, 1, -1, 1000, MOST_TOKENS, MOST_TOKENS + 1, 2**63 - 1, -(2**63))
_FRACTIONS = (0.5, 1e300, float("nan"), float("inf"), 3.0)
_MOMENTS = (0, 1, 1_748_779_200 * 10**9, 2**64 - 1)


def mutated(content: bytes, chance: Random, *, of_bytes: Callable[[bytes], bytes]) -> bytes:
    """One thing is another, is missing, or comes twice; `of_bytes` changes what is no request in protobuf."""
    if not content or content[0] % 3 == JSON or chance.random() < _OF_BYTES:
        return of_bytes(content)
    try:
        request = ExportTraceServiceRequest.FromString(content[1:])
    except DecodeError:
        return of_bytes(content)
    spans = [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    if not spans:
        return of_bytes(content)
    chance.choice(_CHANGES)(chance, chance.choice(spans), spans)
    made: bytes = request.SerializeToString()
    return content[:1] + made


def _value(chance: Random, *, depth: int = 0) -> AnyValue:
    made: list[Callable[[], AnyValue]] = [
        lambda: AnyValue(string_value=chance.choice(_TEXTS)),
        lambda: AnyValue(string_value=chance.choice(_KEYS)),
        lambda: AnyValue(string_value=chance.choice(_DATA)),
        lambda: AnyValue(int_value=chance.choice(_NUMBERS)),
        lambda: AnyValue(double_value=chance.choice(_FRACTIONS)),
        lambda: AnyValue(bool_value=chance.random() < 1 / 2),
        lambda: AnyValue(bytes_value=b"\xff"),
        AnyValue,
    ]
    if depth < 3:  # noqa: PLR2004 - levels
        below = depth + 1
        made += [
            lambda: AnyValue(array_value=ArrayValue(values=[_value(chance, depth=below) for _ in range(2)])),
            lambda: AnyValue(
                kvlist_value=KeyValueList(values=[KeyValue(key="a", value=_value(chance, depth=below))] * 2)
            ),
        ]
    return chance.choice(made)()


def _add(chance: Random, span: Span, _: list[Span]) -> None:
    span.attributes.add(key=chance.choice(_NAMES), value=_value(chance))


def _replace(chance: Random, span: Span, _: list[Span]) -> None:
    if span.attributes:
        chance.choice(span.attributes).value.CopyFrom(_value(chance))


def _remove(chance: Random, span: Span, _: list[Span]) -> None:
    if span.attributes:
        del span.attributes[chance.randrange(len(span.attributes))]


def _adopt(chance: Random, span: Span, spans: list[Span]) -> None:
    other = chance.choice(spans)
    span.trace_id, span.parent_span_id = other.trace_id, other.span_id


def _repeat(chance: Random, span: Span, spans: list[Span]) -> None:
    """Another span becomes this one, mostly under an id of its own."""
    other = chance.choice(spans)
    own: Any = other.span_id if chance.random() < 3 / 4 else span.span_id
    other.CopyFrom(span)
    other.span_id = own


def _rename(chance: Random, span: Span, _: list[Span]) -> None:
    span.name = chance.choice((*sorted(SIGNAL_NAMES), "", "x" * 300))


def _move(chance: Random, span: Span, _: list[Span]) -> None:
    span.start_time_unix_nano, span.end_time_unix_nano = chance.choice(_MOMENTS), chance.choice(_MOMENTS)


_CHANGES = (_add, _add, _replace, _replace, _remove, _adopt, _repeat, _rename, _move)
