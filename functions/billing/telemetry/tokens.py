"""Token counts as each client reports them become counts of one meaning (`TokenUsage`): each token counted once.

| who reports                                                         | input tokens            | output tokens     |
|---------------------------------------------------------------------|-------------------------|-------------------|
| OpenInference of Bedrock: Nova, by `InvokeModel`                    | without those of caches | all               |
| else OpenInference, any vendor                                      | all, caches among them  | all               |
| OpenLLMetry's instrumentation of Bedrock                            | without those of caches | all               |
| the wrapper of Anthropic in the client for Node                     | without those of caches | all               |
| its wrapper of the AI SDK; the AI SDK from version 6 on             | all, caches among them  | all               |
| names like `cache_read.input_tokens` and `cache_read_input_tokens`  | all, caches among them  | all               |
| else: Anthropic, Bedrock                                            | without those of caches | all               |
| else: Google                                                        | all, caches among them  | without reasoning |
| else: OpenAI and all others                                         | all, caches among them  | all               |

So the clients' wrappers report what the vendor's own API said. A part that is larger than its whole cannot be a part:
then it stands apart, whoever reports it.
"""

from typing import NamedTuple

from functions.billing.errors import InvalidInput, shown
from functions.billing.models.cost import TokenUsage
from functions.billing.telemetry import attributes as names
from functions.billing.telemetry.attributes import texts_of
from functions.billing.telemetry.span import Attributes

MOST_TOKENS = 10**12
"""Of one call: beyond it a client has mistaken something (see `TokenUsage`)."""


_CACHES_APART = ("opentelemetry.instrumentation.bedrock", "@traceloop/instrumentation-bedrock")
"""Scopes of instrumentations that hand on what Bedrock says, by names that elsewhere mean a part of the input."""

_INFERENCE_OF_BEDROCK = "openinference.instrumentation.bedrock"
_INVOKE_MODEL = "bedrock.invoke_model"
"""The span of a call in the model's own words, of which OpenInference hands on Nova's; of Converse it adds them up."""

_NODE_CLIENT = "paid.node"
"""The scope of the published client for Node: its wrapper of Anthropic hands on what Anthropic says, by a name that
elsewhere means a part of the input; its wrapper of the AI SDK counts as the AI SDK does, whoever the vendor is."""


def tokens_of(attributes: Attributes, vendor: str | None, *, scope: str = "", name: str = "") -> TokenUsage | None:
    """None for a span that counts none; `scope` and `name` are its own. Raises InvalidInput, naming the attribute."""
    counts = _inference(attributes, scope, name) or _conventional(attributes, vendor or "", scope)
    return None if counts is None else counts.usage()


class _Counts(NamedTuple):
    """As reported; `apart` tells of caches and of reasoning whether they are beside the input and output tokens."""

    input: int
    output: int
    cache_read: int
    cache_written: int
    reasoning: int
    audio_input: int = 0
    audio_output: int = 0
    caches_apart: bool = False
    reasoning_apart: bool = False

    def usage(self) -> TokenUsage:
        """Raises InvalidInput."""
        cached = self.cache_read + self.cache_written
        caches_apart = self.caches_apart or cached > self.input
        reasoning_apart = self.reasoning_apart or self.reasoning > self.output
        output = self.output + self.reasoning if reasoning_apart else self.output
        if output > MOST_TOKENS:
            raise InvalidInput(f"output tokens and those of reasoning are {output}, expected at most {MOST_TOKENS}")
        return TokenUsage(
            input_tokens=self.input if caches_apart else self.input - cached,
            output_tokens=output,
            cache_read_input_tokens=self.cache_read,
            cache_creation_input_tokens=self.cache_written,
            reasoning_output_tokens=self.reasoning,
            audio_input_tokens=self.audio_input,
            audio_output_tokens=self.audio_output,
        )


def _inference(attributes: Attributes, scope: str, name: str) -> _Counts | None:
    given, sent = _count(attributes, names.INFERENCE_INPUT), _count(attributes, names.INFERENCE_OUTPUT)
    if given is None and sent is None:
        return None
    return _Counts(
        given or 0,
        sent or 0,
        _count(attributes, names.INFERENCE_CACHE_READ) or 0,
        _count(attributes, names.INFERENCE_CACHE_WRITTEN) or 0,
        _count(attributes, names.INFERENCE_REASONING) or 0,
        _count(attributes, names.INFERENCE_AUDIO_INPUT) or 0,
        _count(attributes, names.INFERENCE_AUDIO_OUTPUT) or 0,
        caches_apart=scope == _INFERENCE_OF_BEDROCK and name.startswith(_INVOKE_MODEL) and _is_nova(attributes),
    )


def _is_nova(attributes: Attributes) -> bool:
    return any("amazon.nova" in model for model in texts_of(attributes, names.MODEL))


def _conventional(attributes: Attributes, vendor: str, scope: str) -> _Counts | None:
    given = _count(attributes, (*names.INPUT, *names.EMBEDDED))
    sent = _count(attributes, names.OUTPUT)
    if given is None and sent is None:
        return None
    if names.PARTS.isdisjoint(attributes):
        return _Counts(given or 0, sent or 0, 0, 0, 0)
    read_of_input = _count(attributes, names.CACHE_READ_OF_INPUT)
    written_of_input = _count(attributes, names.CACHE_WRITTEN_OF_INPUT)
    is_all = read_of_input is not None or written_of_input is not None
    if scope == _NODE_CLIENT and names.AI_SDK_OPERATION not in attributes:
        is_all = names.CACHE_READ[0] in attributes
    reasoning_of_output = _count(attributes, names.REASONING_OF_OUTPUT)
    vendor = vendor.lower()
    return _Counts(
        given or 0,
        sent or 0,
        read_of_input or _count(attributes, names.CACHE_READ) or 0,
        written_of_input or _count(attributes, names.CACHE_WRITTEN) or 0,
        reasoning_of_output or _count(attributes, names.REASONING) or 0,
        caches_apart=scope in _CACHES_APART or (not is_all and ("anthropic" in vendor or "bedrock" in vendor)),
        reasoning_apart=reasoning_of_output is None and any(name in vendor for name in ("gemini", "google", "vertex")),
    )


def _count(attributes: Attributes, among: tuple[str, ...]) -> int | None:
    """The first of these that is there and has a value: JavaScript writes NaN as none. Raises InvalidInput."""
    for name in among:
        value = attributes.get(name)
        if value is not None:
            return _whole(name, value)
    return None


def _whole(name: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(MOST_TOKENS)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS:
        return value
    raise InvalidInput(f"{name} is {shown(str(value))}, expected a whole number from 0 to {MOST_TOKENS}")
