"""Margins on the wire: amounts are exact, in major units, and texts; ours, beyond the contract."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from functions.billing.errors import InvalidInput
from functions.billing.margin.calls import Tokens
from functions.billing.margin.statement import Margin, Spent, Statement
from functions.billing.models.customer import Customer
from functions.billing.money import minor_digits
from functions.billing.periods import Period, months_after
from functions.runtime.wire import Wire

MOST_DAYS = 3660
"""Of one question: ten years."""

MOST_DAYS_AHEAD = 366
"""What is charged later than that is not made to answer a question."""

MOST_ROWS = 2_000
"""Of models and of products, over all currencies: each names what its sender likes, and Lambda answers with 6 MB."""

_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def _day(value: object) -> date:
    """Python also reads the days of weeks, `2025-W23-1`, which the contract does not have."""
    try:
        is_written = isinstance(value, str) and len(value) == len("2025-06-01") and "W" not in value
        day = date.fromisoformat(str(value)) if is_written else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"expected a day such as 2025-06-01, from {_FIRST_YEAR} to {_LAST_YEAR}")
    return day


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2025-06-01"]}),
]


class MarginQuery(Wire):
    """From the day `from` up to the day `to`, which is not among them; without them the month of today."""

    from_day: Annotated[Day | None, Field(alias="from")] = None
    to_day: Annotated[Day | None, Field(alias="to")] = None

    def span(self, today: date) -> Period:
        """Raises InvalidInput."""
        this_month = today.replace(day=1)
        start = self.from_day or this_month
        end = self.to_day or months_after(this_month, 1, anchor_day=1)
        if end <= start:
            raise InvalidInput(f"to is {end}, expected a day after from, which is {start}")
        if (end - start).days > MOST_DAYS:
            raise InvalidInput(f"to is {end}, expected at most {MOST_DAYS} days after from, which is {start}")
        latest = today + timedelta(days=MOST_DAYS_AHEAD)
        if end > latest:
            raise InvalidInput(f"to is {end}, expected no day after {latest}")
        return Period(start, end)


class TokensOut(Wire):
    """As in the contract's `TokenUsage`; reasoning tokens are among those of the output."""

    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    cache_creation_input_tokens: int
    reasoning_output_tokens: int


class ModelCostOut(Wire):
    """What the calls of one model cost; vendor and model are null where the sender did not say."""

    vendor: str | None
    model: str | None
    amount: str
    calls: int
    unpriced_calls: int
    tokens: TokensOut


class ProductShareOut(Wire):
    """A product's part; under null what names none, which is not guessed."""

    product_id: str | None
    invoiced: str
    accrued: str
    revenue: str
    cost: str
    margin: str


class StatementOut(Wire):
    """In one currency; none is converted. `marginPercent` is of the revenue, null where there is none.

    `costs` and `products` show the largest, a thousand of each where there is one currency; the sums are of all.
    """

    currency: str
    invoiced: str
    accrued: str
    revenue: str
    cost: str
    margin: str
    margin_percent: str | None
    calls: int
    unpriced_calls: int
    costs: list[ModelCostOut]
    products: list[ProductShareOut]


class MarginOut(Wire):
    """`to` is the first day that is not counted any more."""

    from_day: Annotated[date, Field(serialization_alias="from")]
    to_day: Annotated[date, Field(serialization_alias="to")]
    currencies: list[StatementOut]


class CustomerMarginOut(MarginOut):
    customer_id: str
    external_customer_id: str | None


class ProductMarginOut(MarginOut):
    product_id: str


def customer_margin_out(customer: Customer, span: Period, found: Sequence[Statement]) -> CustomerMarginOut:
    return CustomerMarginOut(
        customer_id=customer.id, external_customer_id=customer.external_id, **dict(margin_out(span, found))
    )


def margin_out(span: Period, found: Sequence[Statement]) -> MarginOut:
    most = MOST_ROWS // (2 * max(len(found), 1))
    statements = [_statement_out(each, most=most) for each in found]
    return MarginOut(from_day=span.start, to_day=span.end, currencies=statements)


def _statement_out(statement: Statement, *, most: int) -> StatementOut:
    total, percent = statement.total, statement.total.percent
    return StatementOut(
        currency=statement.currency,
        **_amounts(total, statement.currency),
        margin_percent=None if percent is None else f"{percent:f}",
        calls=total.spent.calls,
        unpriced_calls=total.spent.unpriced,
        costs=_costs_out(statement.models, statement.currency)[:most],
        products=_products_out(statement.products, statement.currency)[:most],
    )


def _products_out(products: Mapping[str | None, Margin], currency: str) -> list[ProductShareOut]:
    """The largest first."""
    largest = sorted(products.items(), key=lambda each: (-each[1].earned.amount, -each[1].spent.amount, each[0] or ""))
    return [ProductShareOut(product_id=product_id, **_amounts(margin, currency)) for product_id, margin in largest]


def _amounts(margin: Margin, currency: str) -> dict[str, str]:
    return {
        "invoiced": amount_text(margin.earned.invoiced, currency),
        "accrued": amount_text(margin.earned.accrued, currency),
        "revenue": amount_text(margin.earned.amount, currency),
        "cost": amount_text(margin.spent.amount, currency),
        "margin": amount_text(margin.amount, currency),
    }


def _costs_out(models: Mapping[tuple[str | None, str | None], Spent], currency: str) -> list[ModelCostOut]:
    """The dearest first."""
    dearest = sorted(models.items(), key=lambda each: (-each[1].amount, *(name or "" for name in each[0])))
    return [
        ModelCostOut(
            vendor=vendor,
            model=model,
            amount=amount_text(spent.amount, currency),
            calls=spent.calls,
            unpriced_calls=spent.unpriced,
            tokens=tokens_out(spent.tokens),
        )
        for (vendor, model), spent in dearest
    ]


def tokens_out(tokens: Tokens) -> TokensOut:
    return TokensOut(
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_input_tokens=tokens.cache_read,
        cache_creation_input_tokens=tokens.cache_creation,
        reasoning_output_tokens=tokens.reasoning,
    )


def amount_text(amount: Decimal, currency: str) -> str:
    """With all its digits, and at least those of the currency's minor unit: `12.50`, `0.000125`."""
    exponent = amount.normalize().as_tuple().exponent
    decimals = max(minor_digits(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{amount:.{decimals}f}"
