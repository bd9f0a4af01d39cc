"""Prices in credits name a currency of the organization's own that may be sold in."""

from collections.abc import Iterable, Iterator

from functions.billing.errors import InvalidInput
from functions.billing.models.credit import CreditCurrency, CreditCurrencyStatus
from functions.billing.models.pricing import Pricing
from functions.billing.ports import Collection


class CheckCurrencies:
    """Looks each currency up, and nothing where no price is in credits."""

    def __init__(self, *, currencies: Collection[CreditCurrency]) -> None:
        self._currencies = currencies

    def __call__(self, organization_id: str, pricings: Iterable[Pricing], *, where: str = "") -> None:
        """Raises InvalidInput, in a sentence that begins with `where`, for one that does not exist, or is archived."""
        named = sorted({currency_id for pricing in pricings for currency_id in _named(pricing)})
        known = self._currencies.get_many(organization_id, named) if named else {}
        for currency_id in named:
            if currency_id not in known or known[currency_id].status is CreditCurrencyStatus.ARCHIVED:
                raise InvalidInput(
                    f"{where}creditsCurrencyId is {currency_id!r}, expected the id of an active credit currency"
                )


def _named(pricing: Pricing) -> Iterator[str]:
    if pricing.credits is not None:
        yield pricing.credits.currency_id
    for benefit in pricing.benefits:
        yield benefit.currency_id
