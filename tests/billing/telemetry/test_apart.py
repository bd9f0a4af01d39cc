"""Two spans of one call that come apart, each alone: one of them counts, whichever comes first."""

from itertools import permutations
from typing import Any

import pytest
from pydantic import JsonValue

from functions.billing.telemetry.apart import counts_alone
from functions.billing.telemetry.meaning import Call, meaning_of
from functions.billing.telemetry.span import Span
from tests.billing.telemetry.spans import TOKENS, make_span
from tests.fakes.span_claims import FakeSpanClaims

WHO: dict[str, JsonValue] = {"external_customer_id": "acme"}
ANSWER: dict[str, JsonValue] = {"gen_ai.response.id": "gen-0123456789abcdef"}
OTHER_ANSWER: dict[str, JsonValue] = {"gen_ai.response.id": "gen-fedcba9876543210"}
FEWER: dict[str, JsonValue] = {"gen_ai.usage.input_tokens": 40, "gen_ai.usage.output_tokens": 3}
IMAGES: dict[str, JsonValue] = {"gen_ai.image.count": 2}
LIBRARY = "openinference.instrumentation.openai"

AROUND = make_span("parent_span", scope="paid.node")


def wrapper(said: dict[str, JsonValue] = TOKENS, *, parent: Span = AROUND) -> Span:
    return make_span("trace.openai.chat", {**WHO, **said}, parent=parent, scope="paid.node")


def library(parent: Span, said: dict[str, JsonValue] = TOKENS, *, scope: str = LIBRARY) -> Span:
    return make_span("ChatCompletion", {**WHO, **said}, parent=parent, scope=scope)


def of_ai_sdk(operation: str, parent: Span, said: dict[str, JsonValue] = TOKENS) -> Span:
    return make_span(operation, {**WHO, **said, "ai.operationId": operation}, parent=parent, scope="ai")


def counted(*spans: Span) -> list[str]:
    """The names of those that count, each come alone, in this order."""
    claims = FakeSpanClaims()
    return [span.name for span in spans if _counts(claims, span)]


def _counts(claims: FakeSpanClaims, span: Span) -> bool:
    call = meaning_of(span)
    return counts_alone(span, call if isinstance(call, Call) else None, lambda claim: claims.claim("org_1", claim))


OUTER = wrapper()
TELLING = wrapper(ANSWER | TOKENS)
SUM = of_ai_sdk("ai.generateText", OUTER)


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param([OUTER, library(OUTER)], id="a wrapper and the library within it"),
        pytest.param([OUTER, library(OUTER, ANSWER | TOKENS)], id="the library tells which answer it was"),
        pytest.param([TELLING, library(TELLING)], id="the wrapper tells which answer it was"),
    ],
)
def test_of_two_spans_of_one_call_the_first_counts(spans: list[Span]) -> None:
    for first, second in permutations(spans):
        assert counted(first, second, first, second) == [first.name, first.name]


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param([library(AROUND), library(AROUND)], id="beside each other"),
        pytest.param([OUTER, wrapper()], id="two wrappers"),
        pytest.param([OUTER, library(AROUND)], id="beside a wrapper"),
        pytest.param([TELLING, library(TELLING, OTHER_ANSWER | TOKENS)], id="two answers"),
        pytest.param([OUTER, library(OUTER, IMAGES)], id="tokens and images"),
        pytest.param([OUTER, library(OUTER, FEWER)], id="what a tool of it calls"),
        pytest.param([OUTER, of_ai_sdk("ai.embed.doEmbed", OUTER, FEWER)], id="what a tool of it calls by the AI SDK"),
        pytest.param([library(make_span()), wrapper()], id="no parent"),
    ],
)
def test_two_calls_both_count(spans: list[Span]) -> None:
    for each in permutations(spans):
        assert counted(*each) == [span.name for span in each]


def test_of_what_a_wrapper_tried_only_what_it_tells_itself_is_told_twice() -> None:
    first, last = library(OUTER, FEWER), library(OUTER)

    assert counted(first, last, OUTER) == ["ChatCompletion", "ChatCompletion"]
    assert counted(OUTER, first, last) == ["trace.openai.chat", "ChatCompletion"]


@pytest.mark.parametrize("said", [TOKENS, ANSWER | TOKENS])
@pytest.mark.parametrize("scope", ["ai", "paid.node"])
def test_the_ai_sdks_sum_says_to_its_wrapper_that_the_call_is_told_within(
    said: dict[str, JsonValue], scope: str
) -> None:
    """Whichever of the two comes first has it, if the sum comes before the other; else both count."""
    total = SUM._replace(scope=scope)
    inner = of_ai_sdk("ai.generateText.doGenerate", total, said)._replace(scope=scope)

    for each in ((inner, total, OUTER), (total, inner, OUTER), (total, OUTER, inner)):
        assert counted(*each) == (["ai.generateText.doGenerate"])
    assert counted(OUTER, total, inner) == ["trace.openai.chat"]
    for each in ((OUTER, inner, total), (inner, OUTER, total)):
        assert sorted(counted(*each)) == ["ai.generateText.doGenerate", "trace.openai.chat"]


def test_so_does_that_of_its_version_7() -> None:
    agent = make_span(
        "invoke_agent", {**WHO, **TOKENS, "gen_ai.operation.name": "invoke_agent"}, parent=OUTER, scope="gen_ai"
    )
    step = make_span("step 1", {**WHO, "gen_ai.operation.name": "agent_step"}, parent=agent, scope="gen_ai")
    chat = make_span("chat", {**WHO, **TOKENS, **ANSWER}, parent=step, scope="gen_ai")

    assert counted(chat, step, agent, OUTER) == ["chat"]


def test_a_sum_of_several_steps_has_the_tokens_of_them_all() -> None:
    steps = [of_ai_sdk("ai.generateText.doGenerate", SUM, FEWER) for _ in range(2)]

    assert counted(*steps, SUM, OUTER) == ["ai.generateText.doGenerate"] * 2


def test_a_call_of_nobody_takes_nobodys_place() -> None:
    nobodys = make_span("ChatCompletion", TOKENS, parent=OUTER, scope=LIBRARY)

    assert counted(nobodys, OUTER) == ["ChatCompletion", "trace.openai.chat"]


@pytest.mark.parametrize("ids", [{"trace_id": "0af7" * 700}, {"parent_id": "0af7" * 700}, {"parent_id": "0" * 16}])
def test_ids_that_are_none_are_no_place(ids: dict[str, Any]) -> None:
    """A call of such a trace is refused; of such a parent nobody can tell another time."""
    span = library(OUTER)._replace(**ids)

    assert counted(span, OUTER._replace(**ids, span_id=span.parent_id)) == ["ChatCompletion", "trace.openai.chat"]
