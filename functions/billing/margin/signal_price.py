"""What one signal brings, and whether it has cost more than that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from functions.billing.margin.statement import Spent
from functions.billing.models.order import Order
from functions.billing.models.usage import Usage
from functions.billing.money import EXACT, major_units, round_to_cost, round_to_minor
from functions.billing.rating.rate import rate
from functions.billing.rating.receipt import Count


@dataclass(frozen=True, slots=True)
class SignalPrice:
    """A signal's part of what its period comes to as of now: the charge, in major units, by the signals in it.

    Every signal of the period has the same part, whichever tier it fell into: none of them came before the others.
    """

    count: Count
    currency: str
    charge: Decimal
    quantity: int

    @property
    def exact(self) -> Fraction:
        return Fraction(self.charge) / self.quantity

    @property
    def amount(self) -> Decimal:
        """To 12 digits."""
        return _rounded(self.exact)


@dataclass(frozen=True, slots=True)
class SignalMargin:
    """What is left of a signal's price, in a currency that it has both a price and costs in; exact, in major units."""

    currency: str
    price: Fraction
    cost: Decimal

    @property
    def price_amount(self) -> Decimal:
        """To 12 digits."""
        return _rounded(self.price)

    @property
    def amount(self) -> Decimal:
        """To 12 digits."""
        return _rounded(self.price - Fraction(self.cost))

    @property
    def is_loss(self) -> bool:
        return Fraction(self.cost) > self.price


def signal_price(count: Count, order: Order, usage: Usage) -> SignalPrice | None:
    """None for a price in credits, which are not money, and where the log has no usage for it."""
    entry = count.entry
    quantity = usage.get(entry.order_line_attribute_id, {}).get(count.period.start, 0)
    pricing = next((each.pricing for _, each in order.attributes() if each.id == entry.order_line_attribute_id), None)
    if pricing is None or entry.credits is not None or quantity == 0:
        return None
    charge = round_to_minor(rate(pricing, quantity, currency=order.currency).amount)
    return SignalPrice(count, order.currency, major_units(charge, order.currency), quantity)


def signal_margins(prices: Iterable[SignalPrice], costs: Mapping[str, Spent]) -> list[SignalMargin]:
    """By currency, of those in both."""
    brought: dict[str, Fraction] = {}
    for price in prices:
        brought[price.currency] = brought.get(price.currency, Fraction()) + price.exact
    both = sorted(brought.keys() & costs.keys())
    return [SignalMargin(currency, brought[currency], costs[currency].amount) for currency in both]


def _rounded(amount: Fraction) -> Decimal:
    return round_to_cost(EXACT.divide(Decimal(amount.numerator), Decimal(amount.denominator)))
