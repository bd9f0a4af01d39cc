"""What tokens cost."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.billing.ports import TokenPrices


@cache
def token_prices() -> "TokenPrices":
    from functions.adapters.token_prices import ListedTokenPrices  # noqa: PLC0415 - the list takes its time to load

    return ListedTokenPrices()
