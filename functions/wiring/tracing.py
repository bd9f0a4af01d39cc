"""Spans: accepted. From there on they are signals."""

from functools import cache

from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.usecases.accept_spans import AcceptSpans
from functions.runtime.signal_messages import signal_messages
from functions.wiring import queues, token_prices


@cache
def accept_spans() -> AcceptSpans:
    return AcceptSpans(
        prices=token_prices.token_prices,
        cost_beside=_cost_beside,
        queue=queues.signal_queue(),
        messages=signal_messages,
    )


def _cost_beside(sender: Sender, signal: Signal) -> Signal | None:
    if signal.data is None or "costData" not in signal.data:
        return None
    from functions.runtime.cost_data import cost_beside  # noqa: PLC0415 - few signals say what they cost

    return cost_beside(sender, signal, token_prices.token_prices)
