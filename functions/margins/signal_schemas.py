"""What a signal cost, on the wire; ours, beyond the contract."""

from functions.billing.margin.calls import Call
from functions.billing.margin.signal_price import SignalMargin, SignalPrice
from functions.billing.usecases.read_signal_cost import SignalCost
from functions.margins.schemas import TokensOut, amount_text, tokens_out
from functions.runtime.wire import MomentOut, Wire, day_out

MOST_SHOWN = 1_000
"""Calls of one signal that are shown; the totals are of all of them."""


class CallOut(Wire):
    """`source` names the list of prices that it was priced by; null where the sender said the amount."""

    id: str
    vendor: str | None
    model: str | None
    amount: str
    currency: str
    source: str | None
    is_unpriced: bool
    tokens: TokensOut | None
    trace_id: str | None
    span_id: str | None
    occurred_at: MomentOut


class TotalOut(Wire):
    currency: str
    amount: str
    calls: int
    unpriced_calls: int


class PriceOut(Wire):
    """The signal's part of what its period comes to as of now: `charge` / `quantity`, `amount` to 12 digits."""

    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    period_start: MomentOut
    period_end: MomentOut
    currency: str
    charge: str
    quantity: int
    amount: str


class SignalMarginOut(Wire):
    """In a currency of both; compared exactly, shown to 12 digits."""

    currency: str
    price: str
    cost: str
    margin: str


class SignalCostOut(Wire):
    """`costs` shows the first thousand. `costExceedsPrice` is null where no price and cost can be compared.

    Costs that were logged from `loggedFrom` to `loggedTo` are looked for.
    """

    signal_id: str
    customer_id: str
    logged_from: MomentOut
    logged_to: MomentOut
    costs: list[CallOut]
    totals: list[TotalOut]
    prices: list[PriceOut]
    margins: list[SignalMarginOut]
    cost_exceeds_price: bool | None


def signal_cost_out(found: SignalCost) -> SignalCostOut:
    return SignalCostOut(
        signal_id=found.signal.id,
        customer_id=found.signal.customer_id,
        logged_from=found.since,
        logged_to=found.until,
        costs=[_call_out(call) for call in found.calls[:MOST_SHOWN]],
        totals=[
            TotalOut(
                currency=currency,
                amount=amount_text(spent.amount, currency),
                calls=spent.calls,
                unpriced_calls=spent.unpriced,
            )
            for currency, spent in sorted(found.totals.items())
        ],
        prices=[_price_out(price) for price in found.prices],
        margins=[_margin_out(margin) for margin in found.margins],
        cost_exceeds_price=found.is_loss,
    )


def _call_out(call: Call) -> CallOut:
    cost = call.cost
    return CallOut(
        id=call.position.signal_id,
        vendor=cost.vendor,
        model=cost.model,
        amount=amount_text(cost.amount, cost.currency),
        currency=cost.currency,
        source=cost.source,
        is_unpriced=cost.is_unpriced,
        tokens=None if call.tokens is None else tokens_out(call.tokens),
        trace_id=call.links.trace_id,
        span_id=call.links.span_id,
        occurred_at=call.entry.occurred_at,
    )


def _price_out(price: SignalPrice) -> PriceOut:
    entry, period = price.count.entry, price.count.period
    return PriceOut(
        order_id=entry.order_id,
        order_line_id=entry.order_line_id,
        order_line_attribute_id=entry.order_line_attribute_id,
        period_start=day_out(period.start),
        period_end=day_out(period.end),
        currency=price.currency,
        charge=amount_text(price.charge, price.currency),
        quantity=price.quantity,
        amount=amount_text(price.amount, price.currency),
    )


def _margin_out(margin: SignalMargin) -> SignalMarginOut:
    return SignalMarginOut(
        currency=margin.currency,
        price=amount_text(margin.price_amount, margin.currency),
        cost=amount_text(margin.cost, margin.currency),
        margin=amount_text(margin.amount, margin.currency),
    )
