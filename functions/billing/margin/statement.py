"""What was earned, what it cost, and what is left: a sum for each currency, for none is converted into another."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from functions.billing.margin.calls import Call, Tokens
from functions.billing.margin.revenue import Earning
from functions.billing.money import EXACT

ProductOf = Callable[[Call], str | None]
"""The product that a cost names, None for none: nothing is guessed."""

_NO_TOKENS = Tokens()
_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Spent:
    """Costs in major units; of `unpriced` calls nobody knows the price yet: they are among `calls` and cost nothing."""

    amount: Decimal = Decimal(0)
    calls: int = 0
    unpriced: int = 0
    tokens: Tokens = _NO_TOKENS

    def with_call(self, call: Call) -> "Spent":
        return Spent(
            amount=EXACT.add(self.amount, call.cost.amount),
            calls=self.calls + 1,
            unpriced=self.unpriced + call.cost.is_unpriced,
            tokens=self.tokens if call.tokens is None else self.tokens.plus(call.tokens),
        )


@dataclass(frozen=True, slots=True)
class Earned:
    """Revenue in major units: `invoiced` is on posted invoices, `accrued` on drafts and on what is to be invoiced."""

    invoiced: Decimal = Decimal(0)
    accrued: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        return EXACT.add(self.invoiced, self.accrued)

    def with_earning(self, earning: Earning) -> "Earned":
        if earning.is_invoiced:
            return Earned(EXACT.add(self.invoiced, earning.amount), self.accrued)
        return Earned(self.invoiced, EXACT.add(self.accrued, earning.amount))


@dataclass(frozen=True, slots=True)
class Margin:
    """What was earned, and what it took."""

    earned: Earned = Earned()
    spent: Spent = Spent()

    @property
    def amount(self) -> Decimal:
        """In major units; below zero for a loss."""
        return EXACT.subtract(self.earned.amount, self.spent.amount)

    @property
    def percent(self) -> Decimal | None:
        """Of the revenue, to two digits; None where nothing was earned."""
        if self.earned.amount <= 0:
            return None
        share = EXACT.divide(EXACT.multiply(self.amount, Decimal(100)), self.earned.amount)
        return share.quantize(_PERCENT, rounding=ROUND_HALF_UP, context=EXACT)


@dataclass(frozen=True, slots=True)
class Statement:
    """The margin in one currency; `models` are by vendor and model, None where the sender did not say.

    `products` add up to `total`: what names no product stands there under None.
    """

    currency: str
    total: Margin
    models: Mapping[tuple[str | None, str | None], Spent]
    products: Mapping[str | None, Margin]


class _Sums:
    """Of one currency, while they grow."""

    def __init__(self) -> None:
        self.earned: dict[str | None, Earned] = {}
        self.spent: dict[str | None, Spent] = {}
        self.models: dict[tuple[str | None, str | None], Spent] = {}
        self.all_earned = Earned()
        self.all_spent = Spent()

    def earn(self, earning: Earning) -> None:
        product_id = earning.product_id
        self.all_earned = self.all_earned.with_earning(earning)
        self.earned[product_id] = self.earned.get(product_id, Earned()).with_earning(earning)

    def spend(self, call: Call, product_id: str | None) -> None:
        model = (call.cost.vendor, call.cost.model)
        self.all_spent = self.all_spent.with_call(call)
        self.spent[product_id] = self.spent.get(product_id, Spent()).with_call(call)
        self.models[model] = self.models.get(model, Spent()).with_call(call)

    def statement(self, currency: str) -> Statement:
        products = dict.fromkeys((*self.earned, *self.spent))
        return Statement(
            currency=currency,
            total=Margin(self.all_earned, self.all_spent),
            models=self.models,
            products={
                each: Margin(self.earned.get(each, Earned()), self.spent.get(each, Spent())) for each in products
            },
        )


def statements(earnings: Iterable[Earning], calls: Iterable[Call], product_of: ProductOf) -> list[Statement]:
    """By currency, in the order of its code; each earning and each call stands in one of them, once."""
    sums: dict[str, _Sums] = {}
    for earning in earnings:
        sums.setdefault(earning.currency, _Sums()).earn(earning)
    for call in calls:
        sums.setdefault(call.cost.currency, _Sums()).spend(call, product_of(call))
    return [sums[currency].statement(currency) for currency in sorted(sums)]
