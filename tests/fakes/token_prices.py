"""A list of prices, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from functions.billing.models.cost import Priced, TokenUsage


@dataclass(slots=True)
class FakeTokenPrices:
    """Fulfils `TokenPrices`: a price for each token of the models that it has, whoever their vendor is."""

    per_token: Mapping[str, Decimal]
    asked: list[tuple[str, str, datetime]] = field(default_factory=list)

    def price(self, vendor: str, model: str, usage: TokenUsage, *, at: datetime) -> Priced | None:
        self.asked.append((vendor, model, at))
        if model not in self.per_token:
            return None
        tokens = usage.input_tokens + usage.output_tokens
        return Priced(self.per_token[model] * tokens, "USD", source="a list 1")
