"""Which spans of the instrumentations that clients switch on carry the tokens of calls, as their sources write them.

Python's published client ships OpenInference's (Anthropic, OpenAI, OpenAI Agents, Claude Agent SDK, Bedrock, LangChain,
Google GenAI, instructor) and OpenLLMetry's for Cohere; Node's has OpenInference's for OpenAI and Anthropic,
OpenLLMetry's for Bedrock, and the AI SDK. Each call took 1,000 tokens in, of which 300 were read from a cache and 200
written to it where its vendor has that, and 50 out.
"""

import pytest
from pydantic import JsonValue

from functions.billing.models.cost import TokenUsage
from functions.billing.telemetry.meaning import Call, meaning_of
from tests.billing.telemetry.spans import make_span

Said = dict[str, JsonValue]

INFERENCE: Said = {"llm.token_count.prompt": 1_000, "llm.token_count.completion": 50}
INFERENCE_CACHED: Said = {
    **INFERENCE,
    "llm.token_count.prompt_details.cache_read": 300,
    "llm.token_count.prompt_details.cache_write": 200,
}
GENAI: Said = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 50}
APART: Said = {**GENAI, "gen_ai.usage.input_tokens": 500}
"""As Anthropic's and Bedrock's own APIs count."""
UNDERSCORED: Said = {
    "gen_ai.usage.cache_read_input_tokens": 300,
    "gen_ai.usage.cache_creation_input_tokens": 200,
}
DOTTED: Said = {
    "gen_ai.usage.cache_read.input_tokens": 300,
    "gen_ai.usage.cache_creation.input_tokens": 200,
}

PLAIN = TokenUsage(input_tokens=1_000, output_tokens=50)
CACHED = TokenUsage(
    input_tokens=1_000 - 300 - 200, output_tokens=50, cache_read_input_tokens=300, cache_creation_input_tokens=200
)


def inference(library: str) -> str:
    return f"openinference.instrumentation.{library}"


def openllmetry(library: str) -> str:
    return f"opentelemetry.instrumentation.{library}"


@pytest.mark.parametrize(
    ("scope", "name", "said", "usage"),
    [
        # ---- OpenInference's
        (inference("openai"), "ChatCompletion", {"openinference.span.kind": "LLM", **INFERENCE}, PLAIN),
        (inference("openai"), "CreateEmbeddings", {"openinference.span.kind": "EMBEDDING", **INFERENCE}, PLAIN),
        (inference("anthropic"), "Messages", {"openinference.span.kind": "LLM", **INFERENCE_CACHED}, CACHED),
        (inference("bedrock"), "bedrock.converse", {"openinference.span.kind": "LLM", **INFERENCE_CACHED}, CACHED),
        (inference("google_genai"), "GenerateContent", {"openinference.span.kind": "LLM", **INFERENCE}, PLAIN),
        (inference("openai_agents"), "response", {"openinference.span.kind": "LLM", **INFERENCE}, PLAIN),
        (inference("langchain"), "ChatMistralAI", {"openinference.span.kind": "LLM", **INFERENCE}, PLAIN),
        ("@arizeai/openinference-instrumentation-openai", "OpenAI Chat Completions", INFERENCE, PLAIN),
        ("@arizeai/openinference-instrumentation-anthropic", "Anthropic Messages", INFERENCE_CACHED, CACHED),
        # an agent that calls by a process of its own: nothing else tells of these
        (
            inference("claude_agent_sdk"),
            "paid.trace.ClaudeAgentSDK.query",
            {"openinference.span.kind": "AGENT", **INFERENCE_CACHED},
            CACHED,
        ),
        (
            inference("claude_agent_sdk"),
            "ClaudeAgentSDK.ClaudeSDKClient.receive_response",
            {"openinference.span.kind": "AGENT", "gen_ai.operation.name": "invoke_agent", **INFERENCE_CACHED},
            CACHED,
        ),
        # ---- the clients' own
        ("paid.python", "paid.trace.openai.chat.completions.create", {"gen_ai.system": "openai", **GENAI}, PLAIN),
        (
            "paid.python",
            "paid.trace.anthropic.messages.create",
            {
                "gen_ai.system": "anthropic",
                **APART,
                "gen_ai.usage.cached_input_tokens": 300,
                "gen_ai.usage.cache_creation_input_tokens": 200,
            },
            CACHED,
        ),
        (
            "paid.python",
            "paid.trace.openai.agents.on_agent",
            {"gen_ai.system": "openai", "gen_ai.operation.name": "on_agent", **GENAI},
            PLAIN,
        ),
        ("paid.node", "paid.trace.ai-sdk.generateText", {"gen_ai.operation.name": "chat", **GENAI}, PLAIN),
        (
            "ai",
            "paid.trace.ai.generateText.doGenerate",
            {"ai.operationId": "ai.generateText.doGenerate", "event_name": "llm", **GENAI},
            PLAIN,
        ),
        # ---- OpenLLMetry's: of Anthropic it adds up, of Bedrock it hands on
        (openllmetry("anthropic"), "anthropic.chat", {"gen_ai.system": "Anthropic", **GENAI, **UNDERSCORED}, CACHED),
        (
            openllmetry("anthropic"),
            "anthropic.chat",
            {"gen_ai.provider.name": "anthropic", **GENAI, **DOTTED},
            CACHED,
        ),
        (
            openllmetry("openai.v1"),
            "openai.chat",
            {
                "gen_ai.provider.name": "openai",
                **GENAI,
                "gen_ai.usage.cache_read_input_tokens": 300,
            },
            TokenUsage(input_tokens=700, output_tokens=50, cache_read_input_tokens=300),
        ),
        (openllmetry("bedrock"), "bedrock.converse", {"gen_ai.system": "AWS", **APART, **DOTTED}, CACHED),
        (openllmetry("bedrock"), "bedrock.converse", {"gen_ai.system": "AWS", **APART, **UNDERSCORED}, CACHED),
        (openllmetry("cohere"), "cohere.chat", {"gen_ai.system": "Cohere", **GENAI}, PLAIN),
        ("@traceloop/instrumentation-bedrock", "bedrock.completion", {"gen_ai.system": "AWS", **GENAI}, PLAIN),
        # ---- OpenTelemetry's, and Pydantic AI's
        (openllmetry("openai_v2"), "chat gpt-4o", {"gen_ai.operation.name": "chat", **GENAI, **DOTTED}, CACHED),
        ("pydantic-ai", "chat gpt-4o", {"gen_ai.operation.name": "chat", **GENAI, **DOTTED}, CACHED),
    ],
)
def test_the_span_of_a_call_counts_its_tokens_once(scope: str, name: str, said: Said, usage: TokenUsage) -> None:
    meaning = meaning_of(make_span(name, said, scope=scope))

    assert isinstance(meaning, Call)
    assert meaning.usage == usage


@pytest.mark.parametrize(
    ("scope", "name", "said"),
    [
        (inference("openai_agents"), "Agent workflow", {"openinference.span.kind": "AGENT", **INFERENCE}),
        (inference("bedrock"), "bedrock.invoke_agent", {"openinference.span.kind": "AGENT", **INFERENCE}),
        (inference("langchain"), "AgentExecutor", {"openinference.span.kind": "CHAIN", **INFERENCE}),
        (inference("instructor"), "instructor.patch", {"openinference.span.kind": "TOOL", **INFERENCE}),
        (inference("claude_agent_sdk"), "Bash", {"openinference.span.kind": "TOOL", **INFERENCE}),
        ("ai", "ai.generateText", {"ai.operationId": "ai.generateText", **GENAI}),
        ("pydantic-ai", "invoke_agent researcher", {"gen_ai.operation.name": "invoke_agent", **GENAI}),
        ("pydantic-ai", "agent run", {"gen_ai.agent.name": "researcher", **GENAI}),
        ("", "create_agent researcher", {"gen_ai.operation.name": "create_agent", **GENAI}),
        ("", "invoke_workflow nightly", {"gen_ai.operation.name": "invoke_workflow", **GENAI}),
        ("", "execute_tool search", {"gen_ai.operation.name": "execute_tool", **GENAI}),
    ],
)
def test_what_sums_up_calls_counts_never(scope: str, name: str, said: Said) -> None:
    """Whichever batch it comes in: those of its calls may be in another."""
    assert meaning_of(make_span(name, said, scope=scope)) is None
