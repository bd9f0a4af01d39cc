"""Of one call told twice within a batch, one counts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from functions.billing.telemetry.repeats import without_repeats
from functions.billing.telemetry.span import Span
from functions.billing.telemetry.told import Told
from tests.billing.telemetry.spans import TOKENS, make_span, told_of

MORE_TOKENS: dict[str, JsonValue] = {**TOKENS, "gen_ai.usage.output_tokens": 21}
LANGCHAIN: dict[str, JsonValue] = {"langchain.run_id": "a run", **TOKENS}

ID, OTHER_ID = "gen-0123456789abcdef", "gen-fedcba9876543210"


def answered(response_id: str) -> dict[str, JsonValue]:
    return {"gen_ai.response.id": response_id, **TOKENS}


def names_of(told: Sequence[Told]) -> list[str]:
    return [each.span.name for each in told]


def counted(*spans: Span, unpriced: str = "") -> list[str]:
    """The names of the calls that count; each cost 10 cents, but for the one that has no price."""
    told = [told_of(span, None if span.name == unpriced else "0.10") for span in spans if span.attributes]
    return names_of(without_repeats(told, spans))


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

    assert counted(first, second) == counted(second, first) == ["second"]
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


# ---- by what each brings


def test_a_wrapper_counts_where_the_library_within_it_has_no_price() -> None:
    """As a library's span that names no vendor: there is nothing that could be looked up."""
    outer = make_span("wrapper", TOKENS)
    inner = make_span("library", TOKENS, parent=outer)

    assert counted(outer, inner, unpriced="library") == ["wrapper"]
    assert counted(outer, inner, unpriced="wrapper") == ["library"]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"sum": "0.20", "one": "0.10", "another": "0.10"}, ["one", "another"]),
        ({"sum": "0.20", "one": "0.10", "another": None}, ["sum"]),
        ({"sum": "0.10", "one": "0.10", "another": None}, ["sum"]),
        ({"sum": "0.09", "one": "0.10", "another": None}, ["one", "another"]),
        ({"sum": None, "one": None, "another": None}, ["one", "another"]),
    ],
)
def test_of_a_sum_and_its_parts_where_one_has_no_price_whatever_costs_more_counts(
    amounts: dict[str, str | None], expected: list[str]
) -> None:
    outer = make_span("sum", TOKENS)
    spans = [outer, make_span("one", TOKENS, parent=outer), make_span("another", TOKENS, parent=outer)]

    told = [told_of(span, amounts[span.name]) for span in spans]

    assert names_of(without_repeats(told, spans)) == expected


@pytest.mark.parametrize(
    ("of_wrapper", "of_tool", "expected"),
    [
        ((3_000, "0.30"), (100, "0.01"), ["wrapper"]),
        ((120, "0.30"), (120, "0.01"), ["tool"]),
        ((120, "0.30"), (121, "0.01"), ["tool"]),
        ((121, "0.30"), (120, "0.30"), ["wrapper"]),
        ((121, "0.29"), (120, "0.30"), ["tool"]),
        ((121, None), (120, "0.30"), ["tool"]),
        ((121, None), (120, None), ["tool"]),
    ],
)
def test_where_what_lies_within_counts_fewer_tokens_whatever_costs_more_counts(
    of_wrapper: tuple[int, str | None], of_tool: tuple[int, str | None], expected: list[str]
) -> None:
    """A tool that a wrapper's call runs may call another model: nobody tells the wrapper's own 3,000 tokens then."""
    wrapper = make_span("wrapper", {"gen_ai.usage.input_tokens": of_wrapper[0]})
    tool = make_span("tool", {"gen_ai.usage.input_tokens": of_tool[0]}, parent=wrapper)

    told = [told_of(wrapper, of_wrapper[1]), told_of(tool, of_tool[1])]

    assert names_of(without_repeats(told, [wrapper, tool])) == expected


def test_a_sum_is_told_by_all_that_lies_within_it_a_tools_call_among_them() -> None:
    """Two steps of 100 and 200 tokens, one of which ran a tool of 40: the sum of 300 is told in full."""
    outer = make_span("sum", {"gen_ai.usage.input_tokens": 300})
    steps = [make_span(f"{tokens}", {"gen_ai.usage.input_tokens": tokens}, parent=outer) for tokens in (100, 200, 40)]

    assert counted(outer, *steps) == ["100", "200", "40"]
    assert counted(outer, *steps[:1], *steps[2:]) == ["100", "40"], "at 10 cents each, two cost more than the sum"


def test_langchains_calls_at_the_same_time_each_stand_for_one_of_the_librarys_without_a_price() -> None:
    """Two of LangChain's with prices and the same tokens: as many of the library's, which have none, are repeats."""
    langchains = [make_span(f"langchain {at}", LANGCHAIN, seconds=(at, 20 - at)) for at in range(2)]
    libraries = [make_span(f"library {at}", TOKENS, seconds=(at, 20 - at)) for at in range(2, 5)]

    def count(*spans: Span) -> list[str]:
        told = [told_of(span, "0.10" if span in langchains else None) for span in spans]
        return sorted(names_of(without_repeats(told, spans)))

    first, *_ = langchains
    assert count(*langchains, *libraries[:1]) == ["langchain 0", "langchain 1"]
    assert count(*langchains, *libraries[:2]) == ["langchain 0", "langchain 1"]
    assert count(*libraries[1::-1], *langchains) == ["langchain 0", "langchain 1"]
    assert len(count(*langchains, *libraries)) == 3
    assert len(count(first, *libraries[:2])) == 2


def test_who_ended_earlier_finds_a_librarys_call_too() -> None:
    """The later of LangChain's has room for both of the library's, the earlier for one of them."""
    langchains = [make_span("earlier", LANGCHAIN, seconds=(0, 5)), make_span("later", LANGCHAIN, seconds=(1, 9))]
    libraries = [make_span("short", TOKENS, seconds=(2, 4)), make_span("long", TOKENS, seconds=(3, 8))]
    told = [told_of(span, "0.10" if span in langchains else None) for span in (*langchains, *libraries)]

    assert names_of(without_repeats(told, [*langchains, *libraries])) == ["earlier", "later"]


def test_a_call_within_another_with_an_answer_of_its_own_is_another_call() -> None:
    outer = make_span("outer", answered(ID))
    inner = make_span("inner", answered(OTHER_ID), parent=outer)

    assert counted(outer, inner) == ["outer", "inner"]


@pytest.mark.parametrize(("outer_id", "inner_id"), [(ID, ID), (ID, None), (None, ID), (None, None)])
def test_calls_within_each_other_are_one_unless_both_have_an_answer(outer_id: str | None, inner_id: str | None) -> None:
    outer = make_span("outer", answered(outer_id) if outer_id else TOKENS)
    inner = make_span("inner", answered(inner_id) if inner_id else TOKENS, parent=outer)

    assert counted(outer, inner) == ["inner"]


def test_what_one_answer_is_told_by_beside_each_other_is_one_call() -> None:
    parent = make_span("parent")
    first, second = (make_span(name, answered(ID), parent=parent) for name in ("first", "second"))

    assert counted(parent, first, second, unpriced="first") == ["second"]
    assert counted(parent, first, second, unpriced="second") == ["first"]


def test_of_one_answer_the_span_that_knows_the_customer_counts() -> None:
    known = make_span("known", {"external_customer_id": "acme", **answered(ID)})
    unknown = make_span("unknown", answered(ID))

    assert counted(known, unknown) == counted(unknown, known) == ["known"]


def test_images_within_a_call_of_tokens_are_another_call() -> None:
    outer = make_span("chat", TOKENS)
    inner = make_span("images", {"gen_ai.image.count": 1}, parent=outer)

    assert counted(outer, inner, unpriced="images") == ["chat", "images"]


def test_what_lies_within_an_agent_that_calls_by_itself_are_other_calls() -> None:
    scope = "openinference.instrumentation.claude_agent_sdk"
    agent = make_span("agent", {"openinference.span.kind": "AGENT", "llm.token_count.prompt": 9}, scope=scope)
    tool = make_span("tool", parent=agent)
    call = make_span("call", TOKENS, parent=tool)
    sub = agent._replace(name="sub", span_id="b" * 16, parent_id=agent.span_id)

    assert counted(agent, tool, call, sub) == ["agent", "call", "sub"]


# ---- the hook for OpenAI's agents

HOOK: dict[str, JsonValue] = {"gen_ai.system": "openai", "gen_ai.operation.name": "on_agent", **TOKENS}
INSTRUMENTED = "openinference.instrumentation.openai"


@pytest.mark.parametrize("scope", [INSTRUMENTED, f"{INSTRUMENTED}_agents", "opentelemetry.instrumentation.openai.v1"])
def test_a_hooks_span_sums_up_the_calls_that_are_instrumented(scope: str) -> None:
    """200 and 40 tokens, of which this batch has the last 100 and 20."""
    hook = make_span(
        "hook", {**HOOK, "gen_ai.usage.input_tokens": 200, "gen_ai.usage.output_tokens": 40}, seconds=(1, 9)
    )
    call = make_span("call", TOKENS, scope=scope, seconds=(5, 9))

    assert counted(hook, call) == counted(call, hook) == ["call"]


def test_a_hooks_span_counts_where_no_instrumentation_tells_of_its_calls() -> None:
    hook = make_span("hook", HOOK, seconds=(1, 9))

    for other in (
        make_span("before it", TOKENS, scope=INSTRUMENTED, seconds=(0, 9)),
        make_span("after it", TOKENS, scope=INSTRUMENTED, seconds=(1, 10)),
        make_span("of another trace", TOKENS, scope=INSTRUMENTED, seconds=(1, 9))._replace(trace_id="f" * 32),
        make_span("of a wrapper in a tool", {"gen_ai.system": "openai", **TOKENS}, seconds=(1, 9)),
        make_span("of another vendor", {"openinference.span.kind": "LLM", "llm.system": "anthropic", **TOKENS}),
    ):
        assert counted(hook, other) == ["hook", other.name]


# ---- laws


@dataclass(frozen=True)
class Batch:
    """Spans of one trace, each within an earlier one or none, and what those of them tell that are calls."""

    spans: list[Span]
    told: list[Told]

    def around(self, span: Span) -> list[Span]:
        """From the nearest to the outermost."""
        found = [each for each in self.spans if each.span_id == span.parent_id]
        return [each for parent in found for each in (parent, *self.around(parent))]

    def relatives(self, told: Told) -> list[Told]:
        """What lies around it or within it, or so to another span with its answer."""
        same = [each for each in self.told if _key(each) == _key(told)]
        around = [span for each in same for span in self.around(each.span)]
        return [
            each
            for each in self.told
            if each in same or each.span in around or any(one.span in self.around(each.span) for one in same)
        ]


def _key(told: Told) -> str:
    return told.entry.idempotency_key


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    spans: list[Span] = []
    told: list[Told] = []
    for number in range(draw(st.integers(1, 12))):
        parent = draw(st.sampled_from([None, *spans]))
        said = draw(st.sampled_from([None, TOKENS, TOKENS, MORE_TOKENS, answered(ID), answered(OTHER_ID)]))
        spans.append(make_span(str(number), said, parent=parent))
        if said is not None:
            told.append(told_of(spans[-1], draw(st.sampled_from([None, "0.01", "0.10", "1.00"]))))
    return Batch(spans, told)


@given(batches(), st.randoms())
def test_what_counts_is_the_same_in_whatever_order_spans_come(batch: Batch, chance: random.Random) -> None:
    first = names_of(without_repeats(batch.told, batch.spans))
    told, spans = list(batch.told), list(batch.spans)

    chance.shuffle(told)
    chance.shuffle(spans)

    assert set(names_of(without_repeats(told, spans))) == set(first)


@given(batches())
def test_no_cost_is_lost(batch: Batch) -> None:
    """What does not count is told by one that does; and what had a price by one that has."""
    counts = without_repeats(batch.told, batch.spans)

    for told in batch.told:
        if told not in counts:
            others = [each for each in batch.relatives(told) if each in counts]
            assert others
            assert not told.is_priced or any(each.is_priced for each in others)


@given(batches())
def test_no_cost_counts_twice(batch: Batch) -> None:
    """Two that count have two keys, and lie within each other only if there are two answers on the way."""
    counts = {told.span.span_id: told for told in without_repeats(batch.told, batch.spans)}
    answers = {told.span.span_id: told.call.response_id for told in batch.told}

    assert len({_key(told) for told in counts.values()}) == len(counts)
    for inner in counts.values():
        on_the_way = {answers[inner.span.span_id]}
        for span in batch.around(inner.span):
            on_the_way.add(answers.get(span.span_id))
            if span.span_id in counts:
                assert answers[span.span_id] is not None
                assert len(on_the_way - {None}) > 1


@given(batches())
def test_where_all_have_prices_and_no_answer_exactly_the_innermost_count(batch: Batch) -> None:
    told = [told_of(each.span._replace(attributes=TOKENS)) for each in batch.told]
    around = {span.span_id for each in told for span in batch.around(each.span)}

    counts = without_repeats(told, batch.spans)

    assert set(names_of(counts)) == {each.span.name for each in told if each.span.span_id not in around}


# ---- work


class Counted(int):
    """A moment that counts how often it is compared."""

    comparisons = 0

    def __lt__(self, other: int) -> bool:
        Counted.comparisons += 1
        return super().__lt__(other)

    def __le__(self, other: int) -> bool:
        Counted.comparisons += 1
        return super().__le__(other)


@pytest.mark.parametrize("count", [500, 1_000])
def test_the_work_grows_with_the_number_of_spans_and_not_with_its_square(count: int) -> None:
    """Half are LangChain's and half the library's, all of one trace and of as many tokens."""

    def spans(said: dict[str, JsonValue], first: int) -> list[Told]:
        made = [make_span(str(number), said, seconds=(number, number)) for number in range(first, first + count)]
        return [
            told_of(span._replace(started_nano=Counted(span.started_nano), ended_nano=Counted(span.ended_nano)))
            for span in made
        ]

    told = spans(LANGCHAIN, 0) + spans(TOKENS, count)
    Counted.comparisons = 0

    assert len(without_repeats(told, [each.span for each in told])) == 2 * count
    assert Counted.comparisons < 50 * count


def test_calls_within_each_other_thousands_deep_are_taken_apart() -> None:
    spans = [make_span("0", TOKENS)]
    for number in range(1, 5_000):
        spans.append(make_span(str(number), TOKENS, parent=spans[-1]))

    assert counted(*spans) == ["4999"]
