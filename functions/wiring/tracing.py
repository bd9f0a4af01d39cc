"""Spans: accepted. From there on they are signals."""

from collections.abc import Sequence
from functools import cache

from functions.adapters.dynamodb.span_claims import DynamoSpanClaims
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.models.signal_message import SignalMessage
from functions.billing.ports import SignalQueue, SpanClaims
from functions.billing.usecases.accept_spans import AcceptSpans
from functions.runtime.signal_messages import Origin, grouped_messages
from functions.wiring import aws, queues, token_prices


@cache
def accept_spans() -> AcceptSpans:
    return accept_spans_into(queues.signal_queue(), DynamoSpanClaims(aws.records()))


def accept_spans_into(queue: SignalQueue, claims: SpanClaims) -> AcceptSpans:
    return AcceptSpans(
        prices=token_prices.token_prices,
        cost_beside=_cost_beside,
        claims=claims,
        queue=queue,
        messages=_messages,
    )


def _messages(sender: Sender, groups: Sequence[Sequence[Signal]]) -> Sequence[SignalMessage]:
    """Each entry has a key of its own, so that nothing is named by a request's id."""
    return grouped_messages(Origin(sender.organization_id, sender.received_at, request_id=""), groups)


def _cost_beside(sender: Sender, signal: Signal) -> Signal | None:
    if signal.data is None or "costData" not in signal.data:
        return None
    from functions.runtime.cost_data import cost_beside  # noqa: PLC0415 - few signals say what they cost

    return cost_beside(sender, signal, token_prices.token_prices)
