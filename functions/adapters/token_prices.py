"""Prices of tokens by the list that genai-prices brings along: pinned with our wheels, and never fetched.

The list counts otherwise than we do: its input tokens are all of them, those read from and written to a cache among
them, so that a model without a price for caches charges them as any other input.
"""

import re
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache

import genai_prices
from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import ModelInfo, Provider

from functions.billing.models.cost import Priced, TokenUsage
from functions.billing.money import COST_DIGITS, EXACT

_CURRENCY = "USD"
"""Of all prices of the list."""

_MAX_NAME_CHARACTERS = 255
"""Of a vendor or a model: no longer name is one, and each is held against a thousand patterns."""

_REMEMBERED = 4_096

_SMALLEST = Decimal(1).scaleb(-COST_DIGITS)

_OUR_ALIASES = {"az": "azure", "gcp": "google", "togetherai": "together", "x_ai": "x-ai"}
"""What clients call those whom the list does not know by that name: OpenTelemetry's names, and the AI SDK's."""

_WORD_END = re.compile(r"[ ./:_-]")


class ListedTokenPrices:
    """Fulfils `TokenPrices`."""

    def price(self, vendor: str, model: str, usage: TokenUsage, *, at: datetime) -> Priced | None:
        """None also where the list has the model, and not what its tokens cost: it may be paid by the minute."""
        found = _found(vendor, model)
        if found is None:
            return None
        provider, listed = found
        prices = listed.get_prices(at)
        inputs = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
        if (inputs and prices.input_mtok is None) or (usage.output_tokens and prices.output_mtok is None):
            return None
        counted = genai_prices.Usage(
            input_tokens=inputs,
            cache_read_tokens=usage.cache_read_input_tokens,
            cache_write_tokens=usage.cache_creation_input_tokens,
            output_tokens=usage.output_tokens,
        )
        with localcontext(EXACT):
            total = listed.calc_price(counted, provider, genai_request_timestamp=at).total_price
        amount = total.quantize(_SMALLEST, context=EXACT).normalize(EXACT)
        return Priced(amount, _CURRENCY, source=f"genai-prices {genai_prices.__version__}")


@lru_cache(maxsize=_REMEMBERED)
def _found(vendor: str, model: str) -> tuple[Provider, ModelInfo] | None:
    """Not by the library's own look-up, which remembers for ever whatever it was asked for."""
    if max(len(vendor), len(model)) > _MAX_NAME_CHARACTERS:
        return None
    provider = _provider(vendor.strip().lower())
    if provider is None:
        return None
    names = dict.fromkeys((model.strip(), model.strip().rpartition("models/")[2]))  # Google's have a path before them
    found = (provider.find_model(name, all_providers=get_snapshot().providers) for name in names)
    listed = next((each for each in found if each is not None), None)
    return None if listed is None else (provider, listed)


def _provider(vendor: str) -> Provider | None:
    """By its id, one of the list's aliases, its full name, or the first word of what a client calls it.

    Whatever begins with Azure is Azure: the list would take `azure_openai` for OpenAI itself.
    """
    providers = get_snapshot().providers
    word = _WORD_END.split(vendor)[0]
    if word in {"az", "azure"}:
        return find_provider_by_id(providers, "azure")
    by_name = (provider for provider in providers if provider.name.lower() == vendor)
    return (
        find_provider_by_id(providers, _OUR_ALIASES.get(vendor, vendor))
        or next(by_name, None)
        or find_provider_by_id(providers, _OUR_ALIASES.get(word, word))
    )
