"""What of a span stands in the log, and under which key."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import JsonValue

from functions.billing.errors import InvalidInput
from functions.billing.models.cost import COST_EVENT, Cost, cost_key
from functions.billing.models.signal import Signal
from functions.billing.telemetry.entries import (
    MAX_DATA_CHARACTERS,
    MAX_METADATA_CHARACTERS,
    UNATTRIBUTED,
    cost_entry,
    has_too_much,
    metadata_of,
    signal_entry,
)
from functions.billing.telemetry.meaning import Happening
from functions.billing.telemetry.span import Span
from tests.billing.telemetry.spans import SECOND, TOKENS, TRACE, call_of, make_span

RECEIVED_AT = datetime(2025, 6, 3, 10, 0, 30, tzinfo=UTC)
WHO: dict[str, JsonValue] = {"external_customer_id": "acme", "external_agent_id": "sdr"}
COST = Cost(Decimal("0.5"), "USD", vendor="openai", model="gpt-4o")


def signal_of(span: Span) -> Signal:
    return signal_entry(Happening(span, "email_sent"), received_at=RECEIVED_AT)


def make_signal(**said: JsonValue) -> Signal:
    return signal_of(make_span("paid.trace.signal", {**WHO, **said}))


def cost_of(span: Span) -> Signal:
    return cost_entry(call_of(span), COST, received_at=RECEIVED_AT)


def make_call(**said: JsonValue) -> Span:
    return make_span("chat", {**WHO, **TOKENS, **{name.replace("__", "."): value for name, value in said.items()}})


def data_of(entry: Signal) -> Any:
    return entry.data


def test_a_signal_is_keyed_by_its_trace_and_span() -> None:
    span = make_span("paid.trace.signal", WHO)

    assert signal_of(span).idempotency_key == f"otel:{TRACE}:{span.span_id}"


def test_a_cost_is_keyed_apart_from_any_signal() -> None:
    span = make_call()

    entry = cost_of(span)

    assert entry.event_name == COST_EVENT
    assert entry.idempotency_key == cost_key(f"otel:{TRACE}:{span.span_id}")


def test_two_spans_of_one_answer_are_one_cost() -> None:
    wrapper, library = (
        make_call(gen_ai__response__id="chatcmpl-Ab12Cd34"),
        make_call(gen_ai__response__id="chatcmpl-Ab12Cd34"),
    )

    assert cost_of(wrapper).idempotency_key == cost_of(library).idempotency_key
    assert cost_of(wrapper).idempotency_key != cost_of(make_call(gen_ai__response__id="chatcmpl-2")).idempotency_key


def test_an_answer_of_another_trace_is_another_cost() -> None:
    span = make_call(gen_ai__response__id="chatcmpl-Ab12Cd34")

    assert cost_of(span).idempotency_key != cost_of(span._replace(trace_id="f" * 32)).idempotency_key


@pytest.mark.parametrize(
    ("field", "value"), [("trace_id", ""), ("trace_id", "0" * 32), ("trace_id", "ab"), ("span_id", "0" * 16)]
)
def test_a_span_without_ids_of_its_own_is_refused(field: str, value: str) -> None:
    for entry, span in ((signal_of, make_span("paid.trace.signal", WHO)), (cost_of, make_call())):
        with pytest.raises(InvalidInput, match=r"(traceId|spanId) is .*, expected (32|16) hexadecimal digits"):
            entry(_with(span, **{field: value}))


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        ({}, {}),
        ({"enable_cost_tracing": True}, {"enable_cost_tracing": True}),
        ({"data": '{"paid": {"enable_cost_tracing": true}}'}, {"enable_cost_tracing": True}),
        ({"data": '{"paid": {"enable_cost_tracing": true, "trace_id": "mine"}}'}, {"enable_cost_tracing": True}),
        ({"data": '{"paid": 7}'}, {}),
        ({"enable_cost_tracing": False, "paid_scope_id": 7}, {"paid_scope_id": 7}),
        ({"paid_scope_id": "7"}, {}),
    ],
)
def test_what_joins_a_signal_to_its_costs_lies_in_its_data(
    said: dict[str, JsonValue], flags: dict[str, object]
) -> None:
    span = make_span("paid.trace.signal", {**WHO, **said})

    assert data_of(signal_of(span))["paid"] == {"trace_id": TRACE, "span_id": span.span_id, **flags}


def test_a_cost_keeps_its_scope_and_tells_that_nobody_is_named() -> None:
    named = make_call(paid_scope_id=7)
    nobody = make_span("chat", TOKENS)

    assert data_of(cost_of(named))["paid"] == {"trace_id": TRACE, "span_id": named.span_id, "paid_scope_id": 7}
    assert cost_of(nobody).external_customer_id == UNATTRIBUTED
    assert data_of(cost_of(nobody))["paid"]["unattributed"] is True


def _with(span: Span, **fields: Any) -> Span:
    return span._replace(**fields)


def test_a_signal_of_nobody_is_refused() -> None:
    with pytest.raises(InvalidInput, match="external_customer_id is missing, expected your own id of the customer"):
        signal_of(make_span("paid.trace.signal"))


@pytest.mark.parametrize(
    ("customer", "named"), [("acme", "acme"), (7, "7"), ("c" * 255, "c" * 255), ("a\x00b", "a\x00b")]
)
def test_a_customer_is_named_by_a_text_or_a_number(customer: JsonValue, named: str) -> None:
    assert make_signal(external_customer_id=customer).external_customer_id == named


@pytest.mark.parametrize("customer", ["c" * 256, 1.5, True, ["acme"]])
def test_a_customer_named_otherwise_is_refused(customer: JsonValue) -> None:
    with pytest.raises(InvalidInput, match="external_customer_id is"):
        make_signal(external_customer_id=customer)


def test_a_product_may_be_missing() -> None:
    assert signal_of(make_span("paid.trace.signal", {"external_customer_id": "acme"})).external_product_id is None


@pytest.mark.parametrize(
    "data", ["[]", "7", "{", '{"a": NaN}', '{"a": 1e400}', '{"a": -Infinity}', "{" * 10_000, 7, ["{}"], "nul"]
)
def test_data_that_is_no_json_object_is_refused(data: JsonValue) -> None:
    with pytest.raises(InvalidInput, match=r"^data is .*, expected"):
        make_signal(data=data)


@pytest.mark.parametrize("characters", [MAX_DATA_CHARACTERS - 1, MAX_DATA_CHARACTERS])
def test_data_may_be_as_large_as_that_of_any_signal(characters: int) -> None:
    text = '{"a":"' + "x" * (characters - 8) + '"}'

    assert len(data_of(make_signal(data=text))["a"]) == characters - 8


def test_larger_data_is_refused() -> None:
    with pytest.raises(InvalidInput, match="data has 64001 characters, expected at most 64000"):
        make_signal(data='{"a":"' + "x" * (MAX_DATA_CHARACTERS - 7) + '"}')


@pytest.mark.parametrize(
    ("attributes", "metadata"),
    [
        (
            {"metadata.team": "a", "metadata.run.id": 7, "metadata.run.tags": ["x"]},
            {"team": "a", "run": {"id": 7, "tags": ["x"]}},
        ),
        ({"metadata.a.b": 1, "metadata.a": 2}, {"a": 2, "a.b": 1}),
        ({"metadata.a": {"c": 1}, "metadata.a.b": 2}, {"a": {"c": 1, "b": 2}}),
        ({"metadata.a.b.c": 1, "metadata.a.b": 2}, {"a": {"b": 2, "b.c": 1}}),
        ({"metadata.": 1, "metadata..": 2}, {"": 1, ".": 2}),
        ({f"metadata.{'.'.join('abcdefghij')}": 1}, {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h.i.j": 1}}}}}}}}),
        ({"metadata": "not a level", "other": 1}, {}),
        ({"metadata.a": {"b": {"c": 1}}, "metadata.a.b.d": 2}, {"a": {"b": {"c": 1, "d": 2}}}),
    ],
)
def test_dots_are_levels_of_metadata(attributes: dict[str, JsonValue], metadata: dict[str, JsonValue]) -> None:
    kept = {name: value for name, value in attributes.items() if name.startswith("metadata.")}

    assert metadata_of(make_span("chat", kept)) == metadata


def test_no_span_changes_what_another_has() -> None:
    shared: JsonValue = {"c": 1, "d": {"e": 2}}

    metadata_of(make_span("chat", {"metadata.a": shared, "metadata.a.b": 2, "metadata.a.d.f": 3}))

    assert shared == {"c": 1, "d": {"e": 2}}


@pytest.mark.parametrize(
    ("characters", "is_kept"), [(MAX_METADATA_CHARACTERS, True), (MAX_METADATA_CHARACTERS + 1, False)]
)
def test_metadata_that_is_too_large_is_left_out_and_told(characters: int, is_kept: bool) -> None:  # noqa: FBT001
    span = make_call(**{"metadata.a": "x" * (characters - len('{"a":""}'))})

    assert ("metadata" in data_of(cost_of(span))) is is_kept
    assert has_too_much(span) is not is_kept
    assert not has_too_much(make_call())


def test_a_signals_own_metadata_is_left_as_it_is() -> None:
    assert data_of(make_signal(data='{"metadata": 1}', **{"metadata.a": 2}))["metadata"] == 1


def test_an_entry_happens_when_its_span_began() -> None:
    span = make_call()

    assert cost_of(span).occurred_at == datetime(2025, 6, 3, 10, tzinfo=UTC)
    assert cost_of(span._replace(started_nano=span.started_nano + 1_999)).occurred_at == datetime(
        2025, 6, 3, 10, tzinfo=UTC
    ) + timedelta(microseconds=1)


def test_a_span_that_does_not_say_when_happened_when_it_came() -> None:
    entry = cost_of(make_call()._replace(started_nano=0))

    assert (entry.occurred_at, entry.has_own_time) == (RECEIVED_AT, False)


@pytest.mark.parametrize("nano", [2**64 - 1, 8_000_000_000 * SECOND])
def test_a_moment_beyond_the_calendar_is_refused(nano: int) -> None:
    with pytest.raises(InvalidInput, match=r"startTimeUnixNano is .*, expected nanoseconds since 1970"):
        cost_of(make_call()._replace(started_nano=nano))


def test_what_was_paid_for_lies_in_a_costs_data() -> None:
    span = make_span("n" * 300, {**WHO, "gen_ai.image.count": 2, "gen_ai.system": "openai"})

    data = data_of(cost_of(span))

    assert data["units"] == {"gen_ai.image.count": 2}
    assert (data["span"]["name"], int(data["span"]["ended_unix_nano"])) == ("n" * 255, span.ended_nano)
    assert "metadata" not in data
