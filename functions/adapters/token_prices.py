"""Prices of tokens by the list that genai-prices brings along: pinned with our wheels, and never fetched.

The list counts otherwise than we do: its input tokens are all of them, those read from and written to a cache among
them, so that a model without a price for caches charges them as any other input.
"""

import re
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

import genai_prices
from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider

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
        product = _product(prices)
        with localcontext(EXACT):
            total = _calculated(provider, listed, usage, at=at) if product is None else product.of(usage)
        amount = total.quantize(_SMALLEST, context=EXACT).normalize(EXACT)
        return Priced(amount, _CURRENCY, source=f"genai-prices {genai_prices.__version__}")


class _Product(NamedTuple):
    """Prices of a million tokens of each kind, whatever the length of their context."""

    input: Decimal
    cache_read: Decimal
    cache_written: Decimal
    output: Decimal

    def of(self, usage: TokenUsage) -> Decimal:
        millionths = (
            self.input * usage.input_tokens
            + self.cache_read * usage.cache_read_input_tokens
            + self.cache_written * usage.cache_creation_input_tokens
            + self.output * usage.output_tokens
        )
        return millionths.scaleb(-6)


_NOT_COUNTED = frozenset({"cache_write_1h_mtok", "web_searches_kcount", "storage_searches_kcount"})
"""Prices of what no usage of ours says, so that none is charged by them."""

_PER_TOKEN = ("input_mtok", "cache_read_mtok", "cache_write_mtok", "output_mtok")

_products: dict[int, tuple[ModelPrice, _Product | None]] = {}
"""By the identity of the prices, which are held for as long: the library's own way takes twenty times as long."""


def _product(prices: ModelPrice) -> _Product | None:
    """None where the price is no plain product: of tiers, or of other units."""
    known = _products.get(id(prices))
    if known is None:
        known = _products[id(prices)] = (prices, _as_product(prices))
    return known[1]


def _as_product(prices: ModelPrice) -> _Product | None:
    listed = {name: price for name, price in vars(prices).items() if price is not None}
    if not listed.keys() <= {*_PER_TOKEN, *_NOT_COUNTED}:
        return None
    given, read, written, sent = (listed.get(name) for name in _PER_TOKEN)
    given = Decimal(0) if given is None else given
    each = (given, given if read is None else read, given if written is None else written, sent or Decimal(0))
    plain = [price for price in each if isinstance(price, Decimal)]
    return _Product(*plain) if len(plain) == len(each) else None


def _calculated(provider: Provider, listed: ModelInfo, usage: TokenUsage, *, at: datetime) -> Decimal:
    inputs = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
    counted = genai_prices.Usage(
        input_tokens=inputs,
        cache_read_tokens=usage.cache_read_input_tokens,
        cache_write_tokens=usage.cache_creation_input_tokens,
        output_tokens=usage.output_tokens,
        # Nobody tells how much of what a cache had was sound: what was, was text. A part is no larger than its whole.
        input_audio_tokens=min(usage.audio_input_tokens, usage.input_tokens),
        cache_audio_read_tokens=0,
        output_audio_tokens=min(usage.audio_output_tokens, usage.output_tokens),
    )
    return listed.calc_price(counted, provider, genai_request_timestamp=at).total_price


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
