"""What a span means for billing: something that happened, a call that cost money, or nothing."""

from typing import NamedTuple

from pydantic import JsonValue

from functions.billing.errors import InvalidInput, shown
from functions.billing.models.cost import TokenUsage
from functions.billing.telemetry import attributes as names
from functions.billing.telemetry.attributes import text_of, texts_of
from functions.billing.telemetry.span import Attributes, Span
from functions.billing.telemetry.tokens import tokens_of

SIGNAL_NAMES = frozenset({"paid.trace.signal", "trace.signal", "signal"})
"""With the prefix that the clients give all of their spans, the one they gave in 2025, and without any."""

_CALLS = ("LLM", "EMBEDDING")
"""The kinds of OpenInference that are one call; chains and agents sum up calls, which have spans of their own."""

_AGENTS_THAT_CALL = frozenset(
    {
        "openinference.instrumentation.claude_agent_sdk",
        "@arizeai/openinference-instrumentation-claude-agent-sdk",
    }
)
"""Scopes whose agents count: what they sum up is called by a process of their own, which reports no spans."""

_SUMS = frozenset({"invoke_agent", "create_agent", "invoke_workflow", "execute_tool"})
"""The operations of OpenTelemetry's conventions that sum up calls."""

_UNITS = frozenset(names.UNITS)

_OPENAIS_INSTRUMENTATION = ("openinference.instrumentation.openai", "opentelemetry.instrumentation.openai")

_AI_SDK = frozenset({"ai", "gen_ai"})
"""Its scopes; the second from version 7 on."""

_PYDANTIC_AI = "pydantic-ai"
"""The scope whose spans of calls all name an operation; those of whole runs did not in 2025, and counted tokens too."""

_REPEATED_BY_VENDORS_SPANS = ("ChatOpenAI", "ChatAnthropic")
"""LangChain's spans of calls that the vendors' own instrumentation reports too; the Python client drops them itself."""


MIN_RESPONSE_ID_CHARACTERS = 16
"""Of what tells an answer from all others: vendors' ids have 20 and more, and those of a server that counts, as Ollama
does (`chatcmpl-7`), come again for other calls."""


class Happening(NamedTuple):
    """A signal."""

    span: Span
    event_name: str


class Call(NamedTuple):
    """A call that costs money: by its tokens, or by `units` of something else, which no list of prices has.

    `models` are names of its model, the one that answered first; `response_id` is the vendor's name for its answer.
    """

    span: Span
    vendor: str | None
    models: tuple[str, ...]
    usage: TokenUsage | None
    units: dict[str, JsonValue]
    response_id: str | None

    @property
    def tokens(self) -> int:
        return 0 if self.usage is None else total(self.usage)


def total(usage: TokenUsage) -> int:
    """All tokens of a call."""
    inputs = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
    return inputs + usage.output_tokens


def meaning_of(span: Span) -> Happening | Call | None:
    """By the span alone, for the others of its trace may come in another batch. Raises InvalidInput."""
    if span.name in SIGNAL_NAMES:
        return Happening(span, _event_name(span))
    attributes = span.attributes
    if names.COUNTS.isdisjoint(attributes) or _only_sums_up(span):
        return None
    vendor = text_of(attributes, names.VENDOR)
    usage = tokens_of(attributes, vendor, scope=span.scope, name=span.name)
    units = {} if _UNITS.isdisjoint(attributes) else _units(attributes)
    call = Call(span, vendor, texts_of(attributes, names.MODEL), usage, units, _response_id(attributes))
    return call if call.tokens or any(units.get(name) for name in names.AMOUNTS) else None


def _units(attributes: Attributes) -> dict[str, JsonValue]:
    """Raises InvalidInput for an amount that is none, and for what says more than which kind of unit it is."""
    units: dict[str, JsonValue] = {}
    for name in names.UNITS:
        value = attributes.get(name)
        if value is None:
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if name in names.AMOUNTS and not is_number:
            raise InvalidInput(f"{name} is {shown(str(value))!r}, expected a number of at least 0")
        if not (is_number or isinstance(value, bool)) and not _is_short(value):
            expected = f"expected a text of at most {names.MAX_NAME_CHARACTERS} characters"
            raise InvalidInput(f"{name} is {shown(str(value))!r}, {expected}")
        units[name] = value
    return units


def _is_short(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value) <= names.MAX_NAME_CHARACTERS


def is_agent_that_calls(span: Span) -> bool:
    """Whether it stands for calls that no other span tells of; what lies within it are other calls."""
    return span.scope in _AGENTS_THAT_CALL and span.attributes.get(names.KIND) == "AGENT"


def is_of_langchain(span: Span) -> bool:
    return names.LANGCHAIN_RUN in span.attributes or "langchain" in span.scope or "trace.langchain." in span.name


def is_of_agents_hook(span: Span) -> bool:
    """Of `PaidOpenAIAgentsHook`, which counts what all calls of an agent's run took."""
    return span.attributes.get(names.OPERATION) == "on_agent"


def is_of_openais_instrumentation(call: Call) -> bool:
    """Whether it is told by what tells of all calls of OpenAI's library, or of its agents."""
    return call.span.scope.startswith(_OPENAIS_INSTRUMENTATION) or (
        names.KIND in call.span.attributes and call.vendor == "openai"
    )


def is_of_ai_sdk(span: Span) -> bool:
    """Whether the AI SDK reports it itself, by whatever tracer it was given."""
    return span.scope in _AI_SDK or names.AI_SDK_OPERATION in span.attributes


def _only_sums_up(span: Span) -> bool:
    """Whether it repeats what spans within it say.

    The AI SDK's outer spans have the tokens of the inner one, whose operation is called like
    `ai.generateText.doGenerate`.
    """
    if is_agent_that_calls(span):
        return False
    kind = span.attributes.get(names.KIND)
    operation = span.attributes.get(names.OPERATION)
    of_ai_sdk = span.attributes.get(names.AI_SDK_OPERATION)
    return (
        (kind is not None and kind not in _CALLS)
        or (operation is None and span.scope == _PYDANTIC_AI)
        or (isinstance(operation, str) and operation in _SUMS)
        or (isinstance(of_ai_sdk, str) and ".do" not in of_ai_sdk)
        or any(name in span.name for name in _REPEATED_BY_VENDORS_SPANS)
    )


def _response_id(attributes: Attributes) -> str | None:
    """What is none is no reason to lose the cost: the span's own id tells it from others then."""
    for name in names.RESPONSE_ID:
        value = attributes.get(name)
        if isinstance(value, str) and MIN_RESPONSE_ID_CHARACTERS <= len(value) <= names.MAX_NAME_CHARACTERS:
            return value
    return None


def _event_name(span: Span) -> str:
    name = text_of(span.attributes, (names.EVENT_NAME,))
    if name is None:
        raise InvalidInput(f"{shown(span.name)} has no {names.EVENT_NAME}, expected the name of the signal")
    return name
