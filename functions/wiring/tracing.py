"""Spans: accepted. From there on they are signals."""

from functools import cache

from functions.billing.usecases.accept_spans import AcceptSpans
from functions.runtime.signal_messages import signal_messages
from functions.wiring import queues, token_prices


@cache
def accept_spans() -> AcceptSpans:
    return AcceptSpans(prices=token_prices.token_prices, queue=queues.signal_queue(), messages=signal_messages)
