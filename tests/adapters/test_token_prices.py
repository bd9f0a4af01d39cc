"""What calls of models cost by the pinned list: each amount is calculated here from the vendor's price per million."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from importlib.metadata import version

import pytest
from genai_prices import Usage
from genai_prices.data import providers
from genai_prices.types import ModelInfo, Provider
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.token_prices import ListedTokenPrices, _product
from functions.billing.models.cost import Priced, TokenUsage
from functions.billing.money import EXACT

LIST = ListedTokenPrices()
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def usage(inputs: int = 0, outputs: int = 0, *, read: int = 0, written: int = 0, reasoned: int = 0) -> TokenUsage:
    return TokenUsage(
        input_tokens=inputs,
        output_tokens=outputs,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        reasoning_output_tokens=reasoned,
    )


def amount(vendor: str, model: str, tokens: TokenUsage, at: datetime = NOW) -> Decimal | None:
    priced = LIST.price(vendor, model, tokens, at=at)
    return None if priced is None else priced.amount


# ---- arithmetic


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (usage(1_000), "0.0025"),  # 1,000 * 2.50 / 10^6
        (usage(0, 1_000), "0.01"),  # 1,000 * 10 / 10^6
        (usage(0, 0, read=1_000), "0.00125"),  # 1,000 * 1.25 / 10^6
        (usage(600, 200, read=400), "0.004"),  # 0.0015 + 0.002 + 0.0005
        (usage(1), "0.0000025"),
        (usage(0, 0, written=1_000), "0.0025"),  # OpenAI has no price for writing: it is input as any other
        (usage(), "0"),
    ],
)
def test_openai_charges_what_was_cached_at_a_price_of_its_own(tokens: TokenUsage, expected: str) -> None:
    """gpt-4o: 2.50 in, 1.25 from the cache, 10 out. OpenAI counts the cached among the input; we and this do not."""
    assert amount("openai", "gpt-4o-2024-08-06", tokens) == Decimal(expected)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (usage(1_000), "0.001"),
        (usage(0, 0, read=1_000), "0.0001"),
        (usage(0, 0, written=1_000), "0.00125"),
        (usage(0, 1_000), "0.005"),
        (usage(200, 300, read=10_000, written=2_000), "0.0052"),  # 0.0002 + 0.0015 + 0.001 + 0.0025
    ],
)
def test_anthropic_charges_reading_from_and_writing_to_the_cache(tokens: TokenUsage, expected: str) -> None:
    """Claude Haiku 4.5: 1 in, 0.10 from the cache, 1.25 to it, 5 out."""
    assert amount("anthropic", "claude-haiku-4-5-20251001", tokens) == Decimal(expected)


def test_reasoning_is_among_the_output_and_not_charged_again() -> None:
    """o3: 8 a million out, so 1,000 are 0.008, of which 900 were thought."""
    assert amount("openai", "o3", usage(0, 1_000, reasoned=900)) == amount("openai", "o3", usage(0, 1_000))
    assert amount("openai", "o3", usage(0, 1_000)) == Decimal("0.008")


@pytest.mark.parametrize(
    ("vendor", "model", "tokens", "expected"),
    [
        ("google", "gemini-2.5-flash", {"audio_input_tokens": 1_000_000}, "1.00"),  # text: 0.30
        ("google", "gemini-2.5-flash", {"audio_input_tokens": 400_000}, "0.58"),  # 0.4 * 1.00 + 0.6 * 0.30
        ("google", "gemini-2.5-flash", {"audio_input_tokens": 2_000_000}, "1.00"),  # no more than there are
        ("openai", "gpt-realtime", {"audio_input_tokens": 1_000_000, "audio_output_tokens": 1_000_000}, "96.0"),
        ("openai", "gpt-4o", {"audio_input_tokens": 1_000_000}, "2.50"),  # the list knows no other price
    ],
)
def test_sound_costs_what_the_list_says_of_it(vendor: str, model: str, tokens: dict[str, int], expected: str) -> None:
    output = tokens.get("audio_output_tokens", 0)

    assert amount(vendor, model, TokenUsage(input_tokens=1_000_000, output_tokens=output, **tokens)) == Decimal(
        expected
    )


def test_of_what_a_cache_had_sound_is_the_least_that_it_can_be() -> None:
    """200,000 that no cache had, all of them sound, at 1.00 a million; 800,000 read at 0.03."""
    usage = TokenUsage(input_tokens=200_000, cache_read_input_tokens=800_000, audio_input_tokens=500_000)

    assert amount("google", "gemini-2.5-flash", usage) == Decimal("0.2") + Decimal("0.024")


def test_a_single_token_keeps_all_its_decimals() -> None:
    """gemini-1.5-flash: 0.01875 a million from the cache, so one is 0.00000001875."""
    assert amount("gemini", "gemini-1.5-flash", usage(0, 0, read=1)) == Decimal("0.00000001875")
    assert amount("gemini", "gemini-1.5-flash", usage(0, 0, read=3)) == Decimal("0.00000005625")


def test_an_amount_of_very_many_tokens_is_exact() -> None:
    """999,999,999,999 * (2.50 + 1.25 + 2.50 + 10) / 10^6: more digits than some contexts of decimals keep."""
    most = 10**12 - 1
    assert amount("openai", "gpt-4o", usage(most, most, read=most, written=most)) == Decimal("16249999.99998375")


# ---- by the day and by the length


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2025, 6, 9, 23, 59, 59, 999_999, tzinfo=UTC), "0.05"),  # 1,000 * (10 + 40) / 10^6
        (datetime(2025, 6, 10, tzinfo=UTC), "0.01"),  # 1,000 * (2 + 8) / 10^6
        (datetime.fromisoformat("2025-06-10T01:30:00+02:00"), "0.05"),  # it is the ninth in UTC still
        (datetime(2020, 1, 1, tzinfo=UTC), "0.05"),  # before there was a price, the first of them
    ],
)
def test_a_price_is_that_of_the_day_in_utc(at: datetime, expected: str) -> None:
    """OpenAI made o3 cheaper by four fifths on 10 June 2025."""
    assert amount("openai", "o3", usage(1_000, 1_000), at) == Decimal(expected)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (usage(200_000, 1_000), "0.615"),  # 200,000 * 3 / 10^6 + 1,000 * 15 / 10^6
        (usage(200_001, 1_000), "1.222506"),  # all of it at 6 and 22.50: 1.200006 + 0.0225
        (usage(1, 0, read=200_000), "0.120006"),  # what was cached counts for the length: 1 * 6 + 200,000 * 0.60
        (usage(1, 0, read=199_999), "0.0600027"),  # 1 * 3 + 199,999 * 0.30
        (usage(1, 0, written=200_000), "1.500006"),  # 1 * 6 + 200,000 * 7.50
    ],
)
def test_a_long_context_is_dearer_as_a_whole(tokens: TokenUsage, expected: str) -> None:
    """Claude Sonnet 4.5: 3, 15, 0.30, 3.75 up to 200,000 tokens of input; 6, 22.50, 0.60, 7.50 beyond."""
    assert amount("anthropic", "claude-sonnet-4-5", tokens) == Decimal(expected)


# ---- names


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("openai", "gpt-4o"),
        ("OpenAI", "GPT-4o"),
        (" openai ", " gpt-4o "),
        ("openai.chat", "gpt-4o"),
        ("openai.responses", "gpt-4o-2024-08-06"),
        ("azure", "gpt-4o"),
        ("azure_openai", "gpt-4o"),
        ("azure.ai.openai", "gpt-4o"),
        ("az.ai.inference", "gpt-4o"),
        ("azure-openai.chat", "gpt-4o"),
    ],
)
def test_clients_call_a_vendor_by_many_names(vendor: str, model: str) -> None:
    assert amount(vendor, model, usage(1_000)) == Decimal("0.0025")


@pytest.mark.parametrize(
    ("vendor", "model", "expected"),
    [
        ("anthropic", "claude-3-5-sonnet-20241022", "0.003"),
        ("anthropic.messages", "claude-3-5-sonnet-latest", "0.003"),
        ("bedrock", "anthropic.claude-3-5-sonnet-20240620-v1:0", "0.003"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0", "0.003"),
        ("amazon-bedrock", "amazon.nova-pro-v1:0", "0.0008"),
        ("vertex", "claude-sonnet-4@20250514", "0.003"),
        ("vertexai", "gemini-2.5-flash", "0.0003"),
        ("gemini", "models/gemini-2.5-flash", "0.0003"),
        ("google.generative-ai", "gemini-2.5-flash", "0.0003"),
        ("gcp.gen_ai", "gemini-2.5-flash", "0.0003"),
        ("mistral", "mistral-large-latest", "0.002"),
        ("mistral_ai", "mistral-large-latest", "0.002"),
        ("mistralai", "mistral-large-latest", "0.002"),
        ("Mistral AI", "mistral-large-latest", "0.002"),
        ("MistralAI", "mistral-large-latest", "0.002"),
        ("mistral.chat", "mistral-large-latest", "0.002"),
        ("AWS", "anthropic.claude-3-5-sonnet-20240620-v1:0", "0.003"),
        ("aws_bedrock", "anthropic.claude-3-5-sonnet-20240620-v1:0", "0.003"),
        ("Google", "gemini-2.5-flash", "0.0003"),
        ("gcp.vertex_ai", "gemini-2.5-flash", "0.0003"),
        ("gcp.gemini", "gemini-2.5-flash", "0.0003"),
        ("google_genai", "gemini-2.5-flash", "0.0003"),
        ("google.vertex.chat", "gemini-2.5-flash", "0.0003"),
        ("google.vertex.anthropic.messages", "claude-sonnet-4@20250514", "0.003"),
        ("Cohere", "command-r", "0.00015"),
        ("azure.ai.inference", "gpt-4o", "0.0025"),
        ("openrouter", "openai/gpt-4o", "0.0025"),
    ],
)
def test_the_models_of_other_vendors_are_found_as_their_clients_send_them(
    vendor: str, model: str, expected: str
) -> None:
    assert amount(vendor, model, usage(1_000)) == Decimal(expected)


@pytest.mark.parametrize("vendor", ["xai", "x-ai", "x_ai", "xai.chat", "X AI"])
def test_x_ai_is_found_whatever_stands_between(vendor: str) -> None:
    assert amount(vendor, "grok-3", usage(1_000)) == Decimal("0.003")


@pytest.mark.parametrize(
    ("vendor", "tokens"),
    [
        ("groq.chat", "llama-3.1-8b-instant"),
        ("deepseek.chat", "deepseek-chat"),
        ("fireworks_ai", "accounts/fireworks/models/deepseek-r1-0528"),
    ],
)
def test_a_vendor_is_found_by_the_first_word_of_its_name(vendor: str, tokens: str) -> None:
    first = vendor.replace(".", "_").split("_")[0]
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)

    assert amount(vendor, tokens, usage(1_000), at) == amount(first, tokens, usage(1_000), at) is not None


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("openai", "gpt-99"),
        ("openai", ""),
        ("", "gpt-4o"),
        ("acme", "gpt-4o"),
        ("anthropic", "gpt-4o"),
        ("openai", "gpt-4o" + " " * 250),
        ("openai" + "x" * 250, "gpt-4o"),
        (".", "gpt-4o"),
        ("\0", "\0"),
    ],
)
def test_what_the_list_has_not_has_no_price(vendor: str, model: str) -> None:
    assert LIST.price(vendor, model, usage(1_000), at=NOW) is None


@pytest.mark.parametrize(("model", "tokens"), [("whisper-1", usage(1_000)), ("text-embedding-3-small", usage(1, 1))])
def test_tokens_of_a_model_that_is_not_paid_by_them_have_no_price(model: str, tokens: TokenUsage) -> None:
    """Zero would be a price. Whisper is paid by the hour; an embedding puts nothing out."""
    assert LIST.price("openai", model, tokens, at=NOW) is None


def test_an_embedding_is_paid_by_its_input() -> None:
    """text-embedding-3-small: 0.02 a million."""
    assert amount("openai", "text-embedding-3-small", usage(1_000)) == Decimal("0.00002")


def test_a_price_says_which_list_it_is_of() -> None:
    expected = Priced(Decimal("0.0025"), "USD", source=f"genai-prices {version('genai-prices')}")

    assert LIST.price("openai", "gpt-4o", usage(1_000), at=NOW) == expected


def test_no_model_of_the_list_fails_whatever_was_used() -> None:
    """The library raises for what it cannot take apart: a part that is more than the whole, a price it cannot read."""
    used = usage(1_000, 1_000, read=1_000, written=1_000, reasoned=1_000)
    heard = used.model_copy(update={"audio_input_tokens": 2_000, "audio_output_tokens": 2_000})
    for provider in providers:
        for model in provider.models:
            for each in (used, heard):
                priced = LIST.price(provider.id, model.id, each, at=NOW)
                assert priced is None or priced.amount >= 0


tokens = st.integers(0, 10**12)
usages = st.builds(
    TokenUsage,
    input_tokens=tokens | st.integers(0, 300_000),
    output_tokens=tokens,
    cache_read_input_tokens=tokens | st.just(0),
    cache_creation_input_tokens=tokens | st.just(0),
)
LISTED = [(provider, model) for provider in providers for model in provider.models]


@given(st.sampled_from(LISTED), usages, st.integers(0, 4 * 365 * 24))
def test_an_amount_is_the_librarys_own_to_the_last_digit(
    listed: tuple[Provider, ModelInfo], used: TokenUsage, hours: int
) -> None:
    """Where a price is a plain product it is calculated here; by the library where it is none."""
    at = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    provider, model = listed
    found = provider.find_model(model.id, all_providers=providers)
    priced = LIST.price(provider.id, model.id, used, at=at)

    if priced is not None and found is not None:
        with localcontext(EXACT):
            total = found.calc_price(
                Usage(
                    input_tokens=used.input_tokens + used.cache_read_input_tokens + used.cache_creation_input_tokens,
                    cache_read_tokens=used.cache_read_input_tokens,
                    cache_write_tokens=used.cache_creation_input_tokens,
                    output_tokens=used.output_tokens,
                ),
                provider,
                genai_request_timestamp=at,
            ).total_price
        assert priced.amount == total.quantize(Decimal(1).scaleb(-12), context=EXACT)


def test_most_prices_of_the_list_are_plain_products() -> None:
    """So that the test before this one has both kinds."""
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    plain = [_product(model.get_prices(at)) is not None for _, model in LISTED]

    assert len(plain) // 2 < sum(plain) < len(plain)
