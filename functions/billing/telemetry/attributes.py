"""The attributes of spans that are read, by what they say; all others are left alone, prompts and keys among them.

Clients name one thing in several ways (wire-contract 3.4): the wrappers of the published clients by OpenTelemetry's
conventions of 2024, auto-instrumentation by OpenInference's, Vercel's AI SDK by its own.
"""

from functions.billing.errors import InvalidInput, shown
from functions.billing.telemetry.span import Attributes

MAX_NAME_CHARACTERS = 255
"""Of an id or a name in a span, as everywhere in the API."""

METADATA = "metadata."
"""What begins so is the caller's own, with dots for its levels."""

CUSTOMER = ("external_customer_id",)
PRODUCT = ("external_agent_id", "external_product_id")
EVENT_NAME = "event_name"
DATA = "data"
ENABLE_COST_TRACING = "enable_cost_tracing"
SCOPE_ID = "paid_scope_id"

KIND = "openinference.span.kind"
AI_SDK_OPERATION = "ai.operationId"
LANGCHAIN_RUN = "langchain.run_id"
OPERATION = "gen_ai.operation.name"
RESPONSE_ID = ("gen_ai.response.id", "ai.response.id")

VENDOR = ("gen_ai.system", "gen_ai.provider.name", "llm.provider", "llm.system", "ai.model.provider")
MODEL = (
    "gen_ai.response.model",
    "llm.response.model_name",
    "ai.response.model",
    "llm.model_name",
    "embedding.model_name",
    "gen_ai.request.model",
    "llm.request.model_name",
    "ai.model.id",
)
"""First what answered, then what was asked for."""

INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens")
OUTPUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
)
EMBEDDED = ("ai.usage.tokens",)
CACHE_READ = ("gen_ai.usage.cached_input_tokens", "ai.usage.cachedInputTokens")
CACHE_WRITTEN = ("gen_ai.usage.cache_creation_input_tokens",)
CACHE_READ_OF_INPUT = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
)
CACHE_WRITTEN_OF_INPUT = (
    "gen_ai.usage.cache_creation.input_tokens",
    "ai.usage.inputTokenDetails.cacheWriteTokens",
)
"""OpenTelemetry's later names, OpenLLMetry's, and the AI SDK's from version 6 on: with these, input tokens are all of
them, whoever the vendor is."""
REASONING = ("gen_ai.usage.reasoning_output_tokens", "ai.usage.reasoningTokens")
REASONING_OF_OUTPUT = ("ai.usage.outputTokenDetails.reasoningTokens",)
"""The AI SDK's from version 6 on: with it, output tokens are all of them, whoever the vendor is."""

PARTS = frozenset(
    (*CACHE_READ, *CACHE_WRITTEN, *CACHE_READ_OF_INPUT, *CACHE_WRITTEN_OF_INPUT, *REASONING, *REASONING_OF_OUTPUT)
)
"""What input and output tokens may have among them, or beside them."""

INFERENCE_INPUT = ("llm.token_count.prompt",)
INFERENCE_OUTPUT = ("llm.token_count.completion",)
INFERENCE_CACHE_READ = ("llm.token_count.prompt_details.cache_read",)
INFERENCE_CACHE_WRITTEN = ("llm.token_count.prompt_details.cache_write",)
INFERENCE_REASONING = ("llm.token_count.completion_details.reasoning",)
INFERENCE_AUDIO_INPUT = ("llm.token_count.prompt_details.audio",)
INFERENCE_AUDIO_OUTPUT = ("llm.token_count.completion_details.audio",)
"""OpenInference's: input and output tokens are all of them, whoever the vendor is."""

UNITS = (
    "gen_ai.image.count",
    "gen_ai.image.size",
    "gen_ai.image.quality",
    "gen_ai.audio.input_duration_seconds",
    "gen_ai.ocr.pages_processed",
    "gen_ai.ocr.annotated",
)
"""What is paid by something else than tokens; the first, fourth and fifth say how much of it."""
AMOUNTS = (UNITS[0], UNITS[3], UNITS[4])

COUNTS = frozenset((*INPUT, *OUTPUT, *EMBEDDED, *INFERENCE_INPUT, *INFERENCE_OUTPUT, *AMOUNTS))
"""A call that cost money has one of these."""

READ = frozenset(
    (
        *CUSTOMER,
        *PRODUCT,
        *(EVENT_NAME, DATA, ENABLE_COST_TRACING, SCOPE_ID),
        *(KIND, AI_SDK_OPERATION, LANGCHAIN_RUN, OPERATION),
        *(*RESPONSE_ID, *VENDOR, *MODEL),
        *(*INPUT, *OUTPUT, *EMBEDDED, *CACHE_READ, *CACHE_WRITTEN),
        *(*CACHE_READ_OF_INPUT, *CACHE_WRITTEN_OF_INPUT, *REASONING, *REASONING_OF_OUTPUT),
        *(*INFERENCE_INPUT, *INFERENCE_OUTPUT, *INFERENCE_CACHE_READ, *INFERENCE_CACHE_WRITTEN),
        *(*INFERENCE_REASONING, *INFERENCE_AUDIO_INPUT, *INFERENCE_AUDIO_OUTPUT, *UNITS),
    )
)
"""By their whole names."""


def is_read(name: str) -> bool:
    return name in READ or name.startswith(METADATA)


def text_of(attributes: Attributes, names: tuple[str, ...]) -> str | None:
    """The first that is there and not empty, a whole number as its digits. Raises InvalidInput for anything else."""
    for name in names:
        value = attributes.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise InvalidInput(f"{name} is {shown(str(value))}, expected a text")
        return _short(name, value)
    return None


def texts_of(attributes: Attributes, names: tuple[str, ...]) -> tuple[str, ...]:
    """Each that is there, in this order and once; what is no text names nothing. Raises InvalidInput."""
    found: dict[str, None] = {}
    for name in names:
        value = attributes.get(name)
        if value and isinstance(value, str):
            found[_short(name, value)] = None
    return tuple(found)


def _short(name: str, value: str) -> str:
    """Raises InvalidInput."""
    if len(value) > MAX_NAME_CHARACTERS:
        expected = f"expected at most {MAX_NAME_CHARACTERS}"
        raise InvalidInput(f"{name} is {shown(value)!r} of {len(value)} characters, {expected}")
    return value
