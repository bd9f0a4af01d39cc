import pytest
from pydantic import JsonValue

from functions.billing.errors import InvalidInput
from functions.billing.telemetry.meaning import Call, Happening, meaning_of
from tests.billing.telemetry.spans import TOKENS, call_of, make_span


@pytest.mark.parametrize("name", ["paid.trace.signal", "trace.signal", "signal"])
def test_a_span_called_signal_is_a_signal(name: str) -> None:
    span = make_span(name, {"event_name": "email_sent"})

    assert meaning_of(span) == Happening(span, "email_sent")


@pytest.mark.parametrize("event_name", [None, "", 7.5, True, ["email"], "e" * 256])
def test_a_signal_without_a_name_that_can_be_one_is_refused(event_name: JsonValue) -> None:
    with pytest.raises(InvalidInput, match="event_name"):
        meaning_of(make_span("paid.trace.signal", {"event_name": event_name}))


@pytest.mark.parametrize("name", ["paid.trace.signals", "my.signal", "paid.trace.signal.inner", "Signal", ""])
def test_no_other_span_is_a_signal_even_if_it_names_an_event(name: str) -> None:
    assert meaning_of(make_span(name, {"event_name": "llm"})) is None


def test_a_span_with_tokens_is_a_call_even_if_it_names_an_event() -> None:
    said: dict[str, JsonValue] = {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "event_name": "llm"}

    call = call_of(make_span("ai.generateText.doGenerate", {**said, **TOKENS}))

    assert (call.vendor, call.models, call.response_id) == ("openai", ("gpt-4o",), None)


def test_the_model_that_answered_comes_before_the_one_that_was_asked_for() -> None:
    names: dict[str, JsonValue] = {"gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-08-06"}

    assert call_of(make_span("chat", {**names, **TOKENS})).models == ("gpt-4o-2024-08-06", "gpt-4o")


@pytest.mark.parametrize("no_name", [True, 4, 4.5, ["gpt-4o"], "", None])
def test_a_model_name_that_is_no_text_is_none_and_the_call_counts(no_name: JsonValue) -> None:
    names: dict[str, JsonValue] = {"gen_ai.response.model": no_name, "gen_ai.request.model": "gpt-4o"}

    assert call_of(make_span("chat", {**names, **TOKENS})).models == ("gpt-4o",)


@pytest.mark.parametrize(("characters", "is_taken"), [(255, True), (256, False)])
def test_a_model_name_is_as_long_as_other_names(characters: int, is_taken: bool) -> None:  # noqa: FBT001
    span = make_span("chat", {"gen_ai.response.model": "m" * characters, **TOKENS})

    if is_taken:
        assert call_of(span).models == ("m" * characters,)
    else:
        with pytest.raises(InvalidInput, match="of 256 characters, expected at most 255"):
            meaning_of(span)


@pytest.mark.parametrize(
    ("attribute", "vendor"),
    [
        ("gen_ai.system", "mistral"),
        ("gen_ai.provider.name", "aws.bedrock"),
        ("llm.provider", "azure"),
        ("llm.system", "openai"),
        ("ai.model.provider", "openai.chat"),
    ],
)
def test_the_vendor_is_called_by_any_of_its_names(attribute: str, vendor: str) -> None:
    assert call_of(make_span("chat", {attribute: vendor, **TOKENS})).vendor == vendor


@pytest.mark.parametrize(
    "units",
    [
        {"gen_ai.image.count": 2, "gen_ai.image.size": "1024x1024"},
        {"gen_ai.audio.input_duration_seconds": 12.5},
        {"gen_ai.ocr.pages_processed": 3, "gen_ai.ocr.annotated": "true"},
    ],
)
def test_what_is_paid_by_something_else_than_tokens_is_a_call_too(units: dict[str, JsonValue]) -> None:
    call = call_of(make_span("openai.images.generate", {"gen_ai.system": "openai", **units}))

    assert (call.usage, call.units) == (None, units)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("paid.trace.parent_span", {"external_customer_id": "acme"}),
        ("chat", {"gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}),
        ("images", {"gen_ai.image.size": "1024x1024"}),
        ("agent", {"openinference.span.kind": "AGENT", **TOKENS}),
        ("chain", {"openinference.span.kind": "CHAIN", **TOKENS}),
        ("kind that is none", {"openinference.span.kind": 7, **TOKENS}),
        ("kinds", {"openinference.span.kind": ["LLM"], **TOKENS}),
        ("ai.generateText", {"ai.operationId": "ai.generateText", **TOKENS}),
        ("paid.trace.ChatOpenAI", {"openinference.span.kind": "LLM", **TOKENS}),
        ("ChatAnthropic", TOKENS),
    ],
)
def test_what_sums_up_or_repeats_others_means_nothing_by_itself(name: str, said: dict[str, JsonValue]) -> None:
    assert meaning_of(make_span(name, said)) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ChatCompletion", {"openinference.span.kind": "LLM"}),
        ("CreateEmbeddings", {"openinference.span.kind": "EMBEDDING"}),
        ("ai.generateText.doGenerate", {"ai.operationId": "ai.generateText.doGenerate"}),
        ("ai.embed.doEmbed", {"ai.operationId": "ai.embed.doEmbed"}),
        ("ChatGoogleGenerativeAI", {"openinference.span.kind": "LLM"}),
    ],
)
def test_the_span_of_the_call_itself_counts(name: str, said: dict[str, JsonValue]) -> None:
    assert isinstance(meaning_of(make_span(name, {**said, **TOKENS})), Call)


@pytest.mark.parametrize(
    ("said", "response_id"),
    [
        ({"gen_ai.response.id": "chatcmpl-Ab12Cd34"}, "chatcmpl-Ab12Cd34"),
        ({"ai.response.id": "aitxt-Ab12Cd34Ef"}, "aitxt-Ab12Cd34Ef"),
        ({"gen_ai.response.id": "r" * 255}, "r" * 255),
        ({"gen_ai.response.id": "r" * 256}, None),
        ({"gen_ai.response.id": "chatcmpl-a-12345"}, "chatcmpl-a-12345"),
        ({"gen_ai.response.id": "chatcmpl-a-1234"}, None),
        ({"gen_ai.response.id": "chatcmpl-7"}, None),
        ({"gen_ai.response.id": ""}, None),
        ({"gen_ai.response.id": 7}, None),
    ],
)
def test_an_id_of_the_answer_that_is_none_loses_no_cost(said: dict[str, JsonValue], response_id: str | None) -> None:
    assert call_of(make_span("chat", {**TOKENS, **said})).response_id == response_id


@pytest.mark.parametrize(
    "said", [{"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, {"gen_ai.image.count": 0}]
)
def test_what_counts_nothing_means_nothing(said: dict[str, JsonValue]) -> None:
    """So it stands in for no span around it that does."""
    assert meaning_of(make_span("chat", {"gen_ai.system": "openai", **said})) is None


@pytest.mark.parametrize("amount", [-1, "many", "2", True, [1], {"a": 1}, "nan", "x" * 1_000_000])
def test_an_amount_that_is_no_number_is_refused(amount: JsonValue) -> None:
    with pytest.raises(InvalidInput, match=r"gen_ai\.image\.count is .*, expected a number of at least 0"):
        meaning_of(make_span("images", {"gen_ai.image.count": amount}))


@pytest.mark.parametrize("size", ["x" * 256, ["1024x1024"], {"width": 1024}])
def test_a_unit_that_says_more_than_its_kind_is_refused(size: JsonValue) -> None:
    """It would be kept with the cost, and one that is too large for the log took the whole message with it."""
    with pytest.raises(InvalidInput, match=r"gen_ai\.image\.size is .*, expected a text of at most 255 characters"):
        meaning_of(make_span("images", {"gen_ai.image.count": 1, "gen_ai.image.size": size}))


@pytest.mark.parametrize(("size", "kept"), [("x" * 255, "x" * 255), (1024, 1024), (True, True), (None, None)])
def test_a_unit_of_any_short_kind_is_kept(size: JsonValue, kept: JsonValue) -> None:
    units = call_of(make_span("images", {"gen_ai.image.count": 1, "gen_ai.image.size": size})).units

    assert units.get("gen_ai.image.size") == kept
