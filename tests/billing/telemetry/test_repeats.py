"""Of one call told twice within a batch, one counts."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from functions.billing.telemetry.repeats import without_repeats
from functions.billing.telemetry.span import Span
from tests.billing.telemetry.spans import TOKENS, call_of, make_span

LANGCHAIN: dict[str, JsonValue] = {"langchain.run_id": "a run", **TOKENS}


def counted(*spans: Span) -> list[str]:
    """The names of the calls that count."""
    calls = [call_of(span) for span in spans if span.attributes]
    return [call.span.name for call in without_repeats(calls, spans)]


def test_the_inner_of_two_nested_calls_counts() -> None:
    outer = make_span("wrapper", TOKENS)
    inner = make_span("library", TOKENS, parent=outer)

    assert counted(outer, inner) == counted(inner, outer) == ["library"]


def test_spans_that_are_no_calls_may_lie_between_them() -> None:
    outer = make_span("wrapper", TOKENS)
    between = make_span("http", parent=outer)
    inner = make_span("library", TOKENS, parent=between)

    assert counted(outer, between, inner) == ["library"]


def test_an_outer_span_may_sum_up_several_calls() -> None:
    agent = make_span("agent", TOKENS)
    calls = [make_span(f"call {number}", TOKENS, parent=agent) for number in range(3)]

    assert counted(agent, *calls) == ["call 0", "call 1", "call 2"]


def test_calls_beside_each_other_all_count() -> None:
    parent = make_span("parent")
    first, second = (make_span(name, TOKENS, parent=parent) for name in ("first", "second"))

    assert counted(parent, first, second) == ["first", "second"]


def test_an_equal_id_in_another_trace_is_another_span() -> None:
    outer = make_span("outer", TOKENS)
    inner = make_span("inner", TOKENS, parent=outer)._replace(trace_id="f" * 32)

    assert counted(outer, inner) == ["outer", "inner"]


def test_of_spans_that_are_their_own_ancestors_one_counts() -> None:
    first = make_span("first", TOKENS)
    second = make_span("second", TOKENS, parent=first)
    first = first._replace(parent_id=second.span_id)
    alone = make_span("alone", TOKENS)

    assert counted(first, second) == ["first"]
    assert counted(alone._replace(parent_id=alone.span_id), make_span("other", TOKENS)) == ["alone", "other"]


def test_langchains_span_repeats_the_librarys_beside_it() -> None:
    parent = make_span("parent")
    langchain = make_span("langchain", LANGCHAIN, parent=parent, seconds=(0, 10))
    library = make_span("library", TOKENS, parent=parent, seconds=(0, 10))

    assert counted(parent, langchain, library) == counted(library, parent, langchain) == ["library"]


def test_openinferences_langchain_is_known_by_its_scope() -> None:
    langchain = make_span("langchain", TOKENS, scope="openinference.instrumentation.langchain")
    library = make_span("library", TOKENS, scope="openinference.instrumentation.openai")

    assert counted(langchain, library) == ["library"]


def test_langchain_need_not_know_what_a_cache_had() -> None:
    library = make_span("library", {**TOKENS, "gen_ai.system": "openai", "gen_ai.usage.cached_input_tokens": 40})

    assert counted(make_span("langchain", LANGCHAIN), library) == ["library"]


def test_langchains_span_counts_where_no_librarys_tells_of_its_call() -> None:
    langchain = make_span("langchain", LANGCHAIN, seconds=(1, 9))

    for other in (
        make_span("before it", TOKENS, seconds=(0, 9)),
        make_span("after it", TOKENS, seconds=(1, 10)),
        make_span("of other tokens", {**TOKENS, "gen_ai.usage.output_tokens": 21}, seconds=(1, 9)),
        make_span("of another trace", TOKENS, seconds=(1, 9))._replace(trace_id="f" * 32),
        make_span("langchain's too", LANGCHAIN, seconds=(1, 9)),
        make_span("not of tokens", {"gen_ai.image.count": 1}, seconds=(1, 9)),
    ):
        assert counted(langchain, other) == ["langchain", other.name]


@st.composite
def forests(draw: st.DrawFn) -> list[Span]:
    """Spans of one trace, each a child of an earlier one or of none; some are calls."""
    spans: list[Span] = []
    for number in range(draw(st.integers(1, 12))):
        parent = draw(st.sampled_from([None, *spans]))
        spans.append(make_span(str(number), draw(st.sampled_from([None, TOKENS])), parent=parent))
    return spans


def _ancestors(span: Span, spans: Sequence[Span]) -> list[Span]:
    found = [each for each in spans if each.span_id == span.parent_id]
    return [ancestor for each in found for ancestor in (each, *_ancestors(each, spans))]


@given(forests(), st.randoms())
def test_exactly_the_innermost_calls_count_in_whatever_order_they_come(
    spans: list[Span], chance: random.Random
) -> None:
    around = {ancestor.span_id for span in spans if span.attributes for ancestor in _ancestors(span, spans)}
    innermost = {span.name for span in spans if span.attributes and span.span_id not in around}

    chance.shuffle(spans)

    assert set(counted(*spans)) == innermost
