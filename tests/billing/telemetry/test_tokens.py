"""Tokens as each client counts them: 1,000 in, of which 300 were read from a cache and 200 written to one; 50 out."""

import pytest
from pydantic import JsonValue

from functions.billing.errors import InvalidInput
from functions.billing.models.cost import TokenUsage
from functions.billing.telemetry.tokens import MOST_TOKENS, tokens_of

Counts = dict[str, JsonValue]


def genai(**counts: JsonValue) -> Counts:
    return {f"gen_ai.usage.{name}_tokens": value for name, value in counts.items()}


def inference(prompt: int, completion: int, **details: JsonValue) -> Counts:
    counts: Counts = {"llm.token_count.prompt": prompt, "llm.token_count.completion": completion}
    return {**counts, **{f"llm.token_count.{name.replace('__', '.')}": value for name, value in details.items()}}


CACHED: Counts = {"gen_ai.usage.cached_input_tokens": 300, "gen_ai.usage.cache_creation_input_tokens": 200}
OF_INPUT: Counts = {"gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.cache_creation.input_tokens": 200}

ALL = TokenUsage(
    input_tokens=1_000 - 300 - 200, output_tokens=50, cache_read_input_tokens=300, cache_creation_input_tokens=200
)


@pytest.mark.parametrize(
    ("vendor", "sent"),
    [
        ("openai", {**genai(input=1_000, output=50), **CACHED}),
        ("anthropic", {**genai(input=500, output=50), **CACHED}),
        ("anthropic.messages", {**genai(input=500, output=50), **CACHED}),
        ("bedrock", {**genai(input=500, output=50), **CACHED}),
        ("amazon-bedrock", {**genai(input=500, output=50), **CACHED}),
        ("mistral", {**genai(input=1_000, output=50), **CACHED}),
        (None, {**genai(input=1_000, output=50), **CACHED}),
        ("anthropic", {**genai(input=1_000, output=50), **OF_INPUT}),
        ("openai", {**genai(input=1_000, output=50), **OF_INPUT}),
        ("anthropic", inference(1_000, 50, prompt_details__cache_read=300, prompt_details__cache_write=200)),
        ("openai", inference(1_000, 50, prompt_details__cache_read=300, prompt_details__cache_write=200)),
    ],
)
def test_who_counts_caches_among_input_and_who_apart_mean_the_same(vendor: str | None, sent: Counts) -> None:
    assert tokens_of(sent, vendor) == ALL


NOVA: Counts = {
    "llm.model_name": "us.amazon.nova-pro-v1:0",
    **inference(500, 50, prompt_details__cache_read=300, prompt_details__cache_write=200),
}
BEDROCK = {"scope": "openinference.instrumentation.bedrock", "name": "bedrock.invoke_model"}


def test_of_nova_by_invoke_model_caches_are_apart_and_only_of_that() -> None:
    """Its instrumentation hands on Nova's own counts there, and adds up those of Converse."""
    among = TokenUsage(output_tokens=50, cache_read_input_tokens=300, cache_creation_input_tokens=200)

    assert tokens_of(NOVA, "aws", **BEDROCK) == ALL
    assert tokens_of(NOVA, "aws", **{**BEDROCK, "name": "bedrock.converse"}) == among
    assert tokens_of({**NOVA, "llm.model_name": "anthropic.claude-3"}, "aws", **BEDROCK) == among


def test_sound_is_among_input_and_output() -> None:
    sent = inference(1_000, 50, prompt_details__audio=700, completion_details__audio=40)

    assert tokens_of(sent, "google") == TokenUsage(
        input_tokens=1_000, output_tokens=50, audio_input_tokens=700, audio_output_tokens=40
    )


AI_SDK_5: Counts = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.usage.inputTokens": 1_000,
    "ai.usage.outputTokens": 50,
    "ai.usage.cachedInputTokens": 300,
}
AI_SDK_6: Counts = {
    **AI_SDK_5,
    "ai.usage.inputTokenDetails.noCacheTokens": 500,
    "ai.usage.inputTokenDetails.cacheReadTokens": 300,
    "ai.usage.inputTokenDetails.cacheWriteTokens": 200,
}
ONLY_WRITTEN: Counts = {"gen_ai.usage.cache_creation_input_tokens": 200}
ONLY_READ: Counts = {"gen_ai.usage.cached_input_tokens": 300}


@pytest.mark.parametrize(
    ("sent", "uncached", "read", "written"),
    [
        # The wrapper of Anthropic leaves out a count of none.
        ({**genai(input=500, output=50, cache_read_input=300), **ONLY_WRITTEN}, 500, 300, 200),
        (genai(input=500, output=50, cache_read_input=300), 500, 300, 0),
        ({**genai(input=500, output=50), **ONLY_WRITTEN}, 500, 0, 200),
        (genai(input=500, output=50), 500, 0, 0),
        # The wrapper of the AI SDK does not know of what was written.
        ({**genai(input=1_000, output=50), **ONLY_READ}, 700, 300, 0),
        (AI_SDK_6, 500, 300, 200),
        (AI_SDK_5, 1_000, 300, 0),
    ],
)
def test_the_client_for_node_tells_caches_of_anthropic_in_four_ways(
    sent: Counts, uncached: int, read: int, written: int
) -> None:
    assert tokens_of(sent, "anthropic", scope="paid.node") == TokenUsage(
        input_tokens=uncached, output_tokens=50, cache_read_input_tokens=read, cache_creation_input_tokens=written
    )


@pytest.mark.parametrize(
    ("vendor", "sent"),
    [
        ("openai", {**genai(input=10, output=50), "gen_ai.usage.reasoning_output_tokens": 30}),
        ("gemini", {**genai(input=10, output=20), "gen_ai.usage.reasoning_output_tokens": 30}),
        ("google", {**genai(input=10, output=20), "gen_ai.usage.reasoning_output_tokens": 30}),
        ("google", inference(10, 50, completion_details__reasoning=30)),
        ("google", {**genai(input=10, output=20), "ai.usage.reasoningTokens": 30}),
        (
            "google",
            {
                **genai(input=10, output=50),
                "ai.usage.reasoningTokens": 30,
                "ai.usage.outputTokenDetails.reasoningTokens": 30,
            },
        ),
    ],
)
def test_reasoning_is_among_output_once(vendor: str, sent: Counts) -> None:
    assert tokens_of(sent, vendor) == TokenUsage(input_tokens=10, output_tokens=50, reasoning_output_tokens=30)


@pytest.mark.parametrize(("cached", "uncached"), [(99, 1), (100, 0), (101, 100)])
def test_a_part_larger_than_its_whole_stands_beside_it(cached: int, uncached: int) -> None:
    sent = {**genai(input=100), "gen_ai.usage.cached_input_tokens": cached}

    assert tokens_of(sent, "openai") == TokenUsage(input_tokens=uncached, cache_read_input_tokens=cached)


@pytest.mark.parametrize(
    ("sent", "given", "answered"),
    [
        (genai(input=7), 7, 0),
        (genai(output=7), 0, 7),
        (genai(prompt=7, completion=3), 7, 3),
        ({"ai.usage.promptTokens": 7, "ai.usage.completionTokens": 3}, 7, 3),
        ({"ai.usage.inputTokens": 7, "ai.usage.outputTokens": 3}, 7, 3),
        ({"ai.usage.tokens": 7}, 7, 0),
        (genai(input="7", output=3.0), 7, 3),
        ({**genai(input=7, output=3), **inference(7, 3)}, 7, 3),
        (genai(input=0, output=0), 0, 0),
        (genai(input=MOST_TOKENS), MOST_TOKENS, 0),
    ],
)
def test_counts_are_read_by_any_of_their_names(sent: Counts, given: int, answered: int) -> None:
    assert tokens_of(sent, "openai") == TokenUsage(input_tokens=given, output_tokens=answered)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"gen_ai.usage.total_tokens": 7},
        {"gen_ai.usage.cached_input_tokens": 7},
        {"gen_ai.usage.input_tokens": None},
    ],
)
def test_a_span_that_counts_neither_input_nor_output_counts_no_tokens(sent: Counts) -> None:
    assert tokens_of(sent, "openai") is None


@pytest.mark.parametrize("count", [-1, MOST_TOKENS + 1, 1.5, "many", "", "²", True, [1], float("1e300"), "9" * 99])
def test_what_is_no_count_is_refused_by_name(count: JsonValue) -> None:
    with pytest.raises(InvalidInput, match=r"gen_ai\.usage\.input_tokens is .*, expected a whole number from 0 to"):
        tokens_of({"gen_ai.usage.input_tokens": count}, "openai")


@pytest.mark.parametrize(
    ("vendor", "output", "reasoning"), [("google", MOST_TOKENS - 1, 1), ("openai", 1, MOST_TOKENS - 1)]
)
def test_reasoning_apart_and_output_are_together_at_most_what_one_call_may_have(
    vendor: str, output: int, reasoning: int
) -> None:
    usage = tokens_of(genai(output=output, reasoning_output=reasoning), vendor)
    assert usage == TokenUsage(output_tokens=MOST_TOKENS, reasoning_output_tokens=reasoning)

    with pytest.raises(InvalidInput, match=f"those of reasoning are {MOST_TOKENS + 1}, expected at most {MOST_TOKENS}"):
        tokens_of(genai(output=output + 1, reasoning_output=reasoning), vendor)


def test_a_count_without_a_value_is_not_there() -> None:
    """JavaScript writes NaN so."""
    sent: Counts = {"gen_ai.usage.input_tokens": None, "gen_ai.usage.prompt_tokens": 5, "gen_ai.usage.output_tokens": 2}

    assert tokens_of({**sent, "gen_ai.usage.cached_input_tokens": None}, "openai") == TokenUsage(
        input_tokens=5, output_tokens=2
    )
