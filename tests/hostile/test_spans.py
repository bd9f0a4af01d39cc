"""`POST /v1/traces` against whatever bytes there are: answered by its own rules, and never half-taken.

What is read of a good batch is what opentelemetry-proto reads of it.
"""

import base64
import gzip
import json
import random
from collections.abc import Iterator
from math import isfinite
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan

from functions.billing.telemetry.attributes import is_read
from functions.billing.telemetry.span import Span
from functions.traces.attribute_bytes import KnownAttributes, is_wanted
from functions.traces.json_bodies import in_protobuf
from functions.traces.limits import Limits
from functions.traces.reading import Received, read
from infra.resources import SIGNAL_QUEUE
from tests.functions.accounts import taken
from tests.functions.business import Two
from tests.functions.telemetry import JSON, PROTOBUF, Answer, call, export, in_json, request, signal, span, value_of
from tests.hostile.evidence import everything_stored

EXAMPLES = settings(max_examples=150, deadline=None)

NAMES = [
    "event_name",
    "external_customer_id",
    "external_agent_id",
    "data",
    "paid_scope_id",
    "enable_cost_tracing",
    "metadata.a",
    "metadata.a.b",
    "metadata.",
    "gen_ai.system",
    "gen_ai.request.model",
    "gen_ai.response.id",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cached_input_tokens",
    "llm.token_count.prompt",
    "gen_ai.image.count",
    "openinference.span.kind",
    "ai.operationId",
    "token",
    "api.key",
    "something.else",
    "",
]

plain_values = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text()
    | st.binary(max_size=20)
    | st.none()
    | st.sampled_from(["acme", "email_sent", "{}", '{"paid": {}}', "openai", "gpt-4o", "LLM", "1e400", "\x00"])
)
values = st.recursive(
    plain_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
attributes = st.lists(
    st.builds(
        lambda name, value: KeyValue(key=name, value=value_of(value)),
        st.sampled_from(NAMES) | st.text(max_size=9),
        values,
    ),
    max_size=8,
)
ids = st.binary(max_size=20) | st.sampled_from([bytes(range(16)), bytes(range(8)), bytes(16), bytes(8)])
moments = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 1_748_944_800 * 10**9])
spans = st.builds(
    SentSpan,
    trace_id=ids,
    span_id=ids,
    parent_span_id=ids,
    name=st.sampled_from(["paid.trace.signal", "chat", "ChatOpenAI"]) | st.text(max_size=20),
    start_time_unix_nano=moments,
    end_time_unix_nano=moments,
    attributes=attributes,
)
requests = st.builds(
    lambda resource, groups: ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=resource),
                scope_spans=[ScopeSpans(scope=InstrumentationScope(name=name), spans=made) for name, made in groups],
            )
        ]
    ),
    attributes,
    st.lists(st.tuples(st.text(max_size=9), st.lists(spans, max_size=4)), max_size=3),
)


# ---- what is read


def plainly_read(sent: ExportTraceServiceRequest) -> Received:
    """The plain way: by the objects that opentelemetry-proto makes."""
    received = Received()
    for resource_spans in sent.resource_spans:
        resource = {each.key: plain(each.value) for each in resource_spans.resource.attributes}
        for scope_spans in resource_spans.scope_spans:
            for each in scope_spans.spans:
                said = {one.key: plain(one.value) for one in each.attributes}
                keys = (said.get("token"), resource.get("api.key"))
                key = next((key for key in keys if key and isinstance(key, str)), None)
                received.spans.setdefault(key, []).append(
                    Span(
                        each.trace_id.hex(),
                        each.span_id.hex(),
                        each.parent_span_id.hex(),
                        each.name,
                        scope_spans.scope.name,
                        each.start_time_unix_nano,
                        each.end_time_unix_nano,
                        {name: value for name, value in said.items() if is_read(name)},
                    )
                )
    return received


def plain(value: AnyValue) -> Any:  # noqa: PLR0911 - as many as there are kinds
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value if isfinite(value.double_value) else str(value.double_value)
        case "array_value":
            return [plain(each) for each in value.array_value.values]
        case "kvlist_value":
            return {each.key: plain(each.value) for each in value.kvlist_value.values}
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case _:
            return None


def only_read(received: Received) -> Received:
    """Without the attributes of keys, which the reader may leave among the others of a span."""
    kept = {
        key: [each._replace(attributes={n: v for n, v in each.attributes.items() if is_read(n)}) for each in found]
        for key, found in received.spans.items()
    }
    return Received(kept, received.broken)


@EXAMPLES
@given(requests)
def test_what_is_read_is_what_opentelemetry_proto_reads(sent: ExportTraceServiceRequest) -> None:
    assert only_read(read(sent.SerializeToString())) == plainly_read(sent)


@EXAMPLES
@given(requests)
def test_json_says_what_protobuf_says(sent: ExportTraceServiceRequest) -> None:
    assert only_read(read(in_protobuf(in_json(sent))[0])) == plainly_read(sent)


pieces = st.one_of(
    st.builds(lambda key: _field(1, key.encode()), st.sampled_from(NAMES)),
    st.builds(lambda value: _field(2, value_of(value).SerializeToString()), values),
    st.builds(lambda number, content: _field(number, content), st.integers(1, 9), st.binary(max_size=9)),  # noqa: PLW0108 - below
    st.builds(
        lambda size, content: _field(2, bytes([0x18]) + bytes([0x80 | each for each in content]) + bytes([size])),
        st.integers(0, 127),
        st.binary(max_size=10),
    ),
    st.binary(max_size=4),
)
"""Of an attribute: its key, its value, a number written at any length, what nobody knows, and what is broken."""


@settings(max_examples=3_000, deadline=None)
@given(st.lists(pieces, max_size=4).map(b"".join))
def test_an_attribute_says_what_protobuf_reads(content: bytes) -> None:
    """Where both read it: what is not asked for is left alone, be it broken."""
    try:
        attribute = KeyValue.FromString(content)
    except DecodeError:
        assert _said(content) is None
        return
    wanted = is_wanted(attribute.key)

    assert repr(_said(content)) == repr((attribute.key, plain(attribute.value)) if wanted else None)


def _said(content: bytes) -> Any:
    try:
        return KnownAttributes(Limits())[content]
    except DecodeError:
        return None


@settings(max_examples=500, deadline=None)
@given(requests, st.randoms(use_true_random=False))
def test_a_changed_batch_is_read_as_opentelemetry_proto_reads_it(
    sent: ExportTraceServiceRequest, chance: random.Random
) -> None:
    """Merged, repeated, cut: whatever it makes of the bytes, as long as it does not refuse them."""
    body = sent.SerializeToString() + chance.choice([b"", sent.SerializeToString()])
    for _ in range(chance.randint(1, 3)):
        place, length = chance.randrange(len(body) + 1), chance.randint(0, 9)
        body = body[:place] + chance.choice([b"", chance.randbytes(1), body[place : place + length]]) + body[place:]
    try:
        read_of_it = plainly_read(ExportTraceServiceRequest.FromString(body))
    except DecodeError:
        return

    assert repr(only_read(read(body))) == repr(read_of_it)


# ---- what is answered


def assert_answered_by_its_rules(answer: Answer, *, before: str, two: Two) -> None:
    """A success says what it refused; a refusal has a sentence, and changed nothing."""
    assert answer.status in {200, 400, 413}, answer
    if answer.status != 200:
        assert answer.sentence
        assert len(answer.sentence) < 700
        assert everything_stored() == before
        return
    assert (answer.rejected > 0) <= bool(answer.sentence)
    for message in taken(two.world, SIGNAL_QUEUE):
        assert two.ours.secret not in message.body


@pytest.fixture(scope="module")
def before(two: Two) -> str:
    two.world.work()
    return everything_stored()


@EXAMPLES
@given(body=st.binary(max_size=200), media=st.sampled_from([PROTOBUF, JSON]))
def test_any_bytes_are_answered(two: Two, before: str, body: bytes, media: str) -> None:
    assert_answered_by_its_rules(export(body, key=two.ours.secret, media=media), before=before, two=two)


@EXAMPLES
@given(sent=requests, media=st.sampled_from([PROTOBUF, JSON]))
def test_any_spans_are_answered(two: Two, before: str, sent: ExportTraceServiceRequest, media: str) -> None:
    assert_answered_by_its_rules(export(sent, key=two.ours.secret, media=media), before=before, two=two)


GOOD = request(
    signal(data='{"quantity": 3}', **{"metadata.run.id": 7}),
    span("paid.trace.parent_span"),
    call(**{"gen_ai.response.id": "chatcmpl-00000001"}),
)


@EXAMPLES
@given(chance=st.randoms(use_true_random=False), media=st.sampled_from([PROTOBUF, JSON]), packed=st.booleans())
def test_a_good_batch_with_some_bytes_changed_is_answered(
    two: Two,
    before: str,
    chance: random.Random,
    media: str,
    packed: bool,  # noqa: FBT001
) -> None:
    good = in_json(GOOD) if media == JSON else GOOD.SerializeToString()
    packed = packed and media == PROTOBUF
    body = bytearray(gzip.compress(good, mtime=0) if packed else good)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(body) + 1)
        match chance.choice(["change", "remove", "repeat", "end"]):
            case "change":
                body[place : place + 1] = [chance.randrange(256)]
            case "remove":
                del body[place : place + chance.randint(1, 9)]
            case "repeat":
                body[place:place] = body[place : place + chance.randint(1, 99)]
            case _:
                del body[place + 1 :]

    headers = [("Content-Encoding", "gzip")] if packed else []
    answer = export(bytes(body), key=two.ours.secret, media=media, headers=headers)

    assert_answered_by_its_rules(answer, before=before, two=two)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "value", "values", "stringValue", "arrayValue"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@EXAMPLES
@given(chance=st.randoms(use_true_random=False), value=json_values)
def test_any_json_in_the_place_of_any_other_is_answered(
    two: Two, before: str, chance: random.Random, value: object
) -> None:
    content: Any = json.loads(in_json(GOOD))
    place, name = chance.choice(list(_places(content)))
    place[name] = value

    answer = export(json.dumps(content).encode(), key=two.ours.secret, media=JSON)

    assert_answered_by_its_rules(answer, before=before, two=two)


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    names = content.keys() if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for name in list(names):
        yield content, name
        yield from _places(content[name])


@pytest.mark.parametrize("depth", [10, 99, 1_000, 50_000])
@pytest.mark.parametrize("media", [PROTOBUF, JSON])
def test_values_of_any_depth_are_answered(two: Two, before: str, media: str, depth: int) -> None:
    if media == JSON:
        value = '{"arrayValue":{"values":[' * depth + "]}}" * depth
        attribute = f'{{"key":"metadata.a","value":{value}}}'
        body = f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{attribute}]}}]}}]}}]}}'.encode()
    else:
        body = _nested(depth)

    assert_answered_by_its_rules(export(body, key=two.ours.secret, media=media), before=before, two=two)


def _nested(depth: int) -> bytes:
    value = b""
    for _ in range(depth):
        value = _field(5, _field(1, value))
    attribute = _field(1, b"metadata.a") + _field(2, value)
    return _field(1, _field(2, _field(2, _field(5, b"paid.trace.signal") + _field(9, attribute))))


def _field(number: int, content: bytes) -> bytes:
    size, parts = len(content), []
    while size > 0x7F:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *parts, size]) + content
