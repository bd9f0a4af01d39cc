"""Budgets of spans: what a batch of 512 costs in calls to AWS, and its reading in decodings and parses of protobuf.

Three batches. Bare: of each trace the parent, two calls of models with metadata, and a signal. Prompts: the recorded
spans of the instrumentations, each with a prompt, an answer and the texts of a chat as they send them when they are
not told otherwise. Signals: nothing else. Ids, moments, answers' ids and token counts are of each span its own.

The budget is to read a batch and tell its spans apart within 4 times of what opentelemetry-proto's own classes take to
decode it: to parse it, and to get each field and each attribute of a span out of it once. 1.1 to 1.4 times were
reached. Their parse alone makes no value of Python, and takes a twelfth to a fourteenth of that decoding. What was
reached in such parses is held too (8 and 13 of bare, 7 and 8 with prompts, 14 and 16 of signals, whose attributes are
of each span its own), with room for a busy machine. What a batch takes as a whole is mostly its prices: some 40
microseconds a call.
"""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.budget import Budget
from benchmarks.recorder import recording
from functions.billing.telemetry.meaning import meaning_of
from functions.wiring import aws
from infra.layers import PROJECT
from tests.functions.telemetry import call, export, request, signal, span
from tests.world import fresh_world

if TYPE_CHECKING:
    from functions.traces.reading import Received

Base = Callable[[bytes], object]

SPANS, PER_TRACE = 512, 4
TRIES = 100

FIXTURES = PROJECT / "tests" / "fixtures" / "spans"
RECORDED = ("openai-instrumentation", "anthropic-instrumentation", "langchain-callback-and-instrumentation")
TEXTS = {
    "input.value": 4_000,
    "output.value": 1_000,
    "llm.input_messages.0.message.content": 1_000,
    "llm.input_messages.1.message.content": 2_000,
    "llm.output_messages.0.message.content": 800,
}
"""Characters of what instrumentations tell of a call with a short history."""


def bare() -> bytes:
    spans: list[Span] = []
    for trace in range(1, SPANS // PER_TRACE + 1):
        who = _who(trace)
        parent = span("paid.trace.parent_span", trace=trace, **who)
        how = {"trace": trace, "parent": parent, "gen_ai.operation.name": "chat", **who}
        calls = [call((1_000 + trace, 100 + number), **how) for number in range(2)]
        spans += [parent, *calls, signal(trace=trace, parent=parent, data='{"quantity": 3}', **who)]
    return _body(spans)


def alone() -> bytes:
    """A call's, as the client for Node sends each."""
    return _body([call(parent=span("paid.trace.parent_span"))])


def signals() -> bytes:
    return _body(
        [signal(trace=number, data=f'{{"quantity": {number}}}', **_who(number)) for number in range(1, SPANS + 1)]
    )


def with_prompts() -> bytes:
    """The counts of tokens are those of the recording and the number of the span."""
    recorded = [each for name in RECORDED for each in _recorded(name)]
    return _body([_again(recorded[number % len(recorded)], number + 1) for number in range(SPANS)])


def _who(trace: int) -> dict[str, Any]:
    return {
        "external_customer_id": f"customer {trace % 10}",
        "external_agent_id": "sdr",
        "paid_scope_id": 1_000_000 + trace,
        "paid.sdk.version": "python-1.12.0",
        "paid_span_processor_mode": "batch",
        "metadata.team": "support",
        "metadata.run.id": f"run {trace}",
    }


def _recorded(name: str) -> list[Span]:
    from functions.traces.json_bodies import in_protobuf  # noqa: PLC0415 - it loads protobuf's reader of JSON

    # Only what is read is left by it; what is not is put back from the recording itself.
    content = json.loads((FIXTURES / f"{name}.json").read_bytes())
    protobuf, _ = in_protobuf(json.dumps(content).encode())
    sent = ExportTraceServiceRequest.FromString(protobuf)
    found = [one for resource in sent.resource_spans for scope in resource.scope_spans for one in scope.spans]
    written = [
        one for resource in content["resourceSpans"] for scope in resource["scopeSpans"] for one in scope["spans"]
    ]
    for made, origin in zip(found, written, strict=True):
        del made.attributes[:]
        for attribute in origin.get("attributes", []):
            ParseDict(attribute, made.attributes.add())
    return found


def _again(recorded: Span, number: int) -> Span:
    made = Span()
    made.CopyFrom(recorded)
    made.trace_id, made.span_id = number.to_bytes(16, "big"), number.to_bytes(8, "big")
    made.start_time_unix_nano += number * 10**6
    made.end_time_unix_nano += number * 10**6
    for attribute in made.attributes:
        if attribute.value.HasField("int_value") and "token" in attribute.key:
            attribute.value.int_value += number
        if attribute.key.endswith("response.id"):
            attribute.value.string_value += str(number)
    for name, characters in TEXTS.items():
        text = f"{number} of a conversation. " * (characters // 24)
        made.attributes.add(key=name).value.string_value = text
    return made


def _body(spans: list[Span]) -> bytes:
    body: bytes = request(*spans).SerializeToString()
    return body


def budgets() -> list[Budget]:
    made = [
        Budget(f"a batch of {SPANS} spans: AWS calls", 3, _calls(bare())),
        Budget("a span of a call that comes alone: AWS calls", 3, _calls(alone())),
    ]
    for name, body, most_read, most in (
        ("bare", bare(), 12, 18),
        ("with prompts", with_prompts(), 11, 14),
        ("signals", signals(), 22, 25),
    ):
        made.append(
            Budget(
                f"{SPANS} spans, {name}: read and told apart, in ordinary decodings by opentelemetry-proto",
                4,
                told_apart_ratio(body, decoded),
            )
        )
        made.append(Budget("... in parses that make no value of Python", most, told_apart_ratio(body, parsed)))
        made.append(Budget("... read alone, in the same", most_read, read_ratio(body, parsed)))
    return made


def read_ratio(body: bytes, base: Base) -> float:
    from functions.traces.reading import read  # noqa: PLC0415 - as the function does it

    return _ratio(body, base, lambda: read(body))


def told_apart_ratio(body: bytes, base: Base) -> float:
    from functions.traces.reading import read  # noqa: PLC0415 - as above

    return _ratio(body, base, lambda: _told_apart(read(body)))


def _told_apart(received: "Received") -> None:
    for spans in received.spans.values():
        for each in spans:
            meaning_of(each)


def _calls(body: bytes) -> int:
    with fresh_world() as world:
        acme = world.tenant(test=False)
        export(body, key=acme.secret)
        with recording(*aws.clients()) as made:
            answer = export(body, key=acme.secret)
        if (answer.status, answer.rejected) != (200, 0):
            raise RuntimeError(f"not all spans were taken: {answer.sentence}")
        return len(made.calls)


def _ratio(body: bytes, base: Base, work: Callable[[], object]) -> float:
    """The least time of the work in the least time of the base, taken by turns."""
    times = [(_processor_time(lambda: base(body)), _processor_time(work)) for _ in range(TRIES)]
    return min(working for _, working in times) / min(basic for basic, _ in times)


def parsed(body: bytes) -> ExportTraceServiceRequest:
    made: ExportTraceServiceRequest = ExportTraceServiceRequest.FromString(body)
    return made


def decoded(body: bytes) -> list[object]:
    """All of what is read of a span, of each."""
    return [
        (
            one.trace_id,
            one.span_id,
            one.parent_span_id,
            one.name,
            scope.scope.name,
            one.start_time_unix_nano,
            one.end_time_unix_nano,
            {each.key: _value(each.value) for each in one.attributes},
        )
        for resource in parsed(body).resource_spans
        for scope in resource.scope_spans
        for one in scope.spans
    ]


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    return None if kind is None else getattr(value, kind)


def _processor_time(work: Callable[[], object]) -> int:
    """In nanoseconds."""
    start = time.process_time_ns()
    work()
    return time.process_time_ns() - start
