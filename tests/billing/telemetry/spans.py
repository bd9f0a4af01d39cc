"""Spans in the words of the tests."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from pydantic import JsonValue

from functions.billing.models.cost import Cost
from functions.billing.telemetry.entries import cost_entry
from functions.billing.telemetry.meaning import Call, meaning_of
from functions.billing.telemetry.span import Span
from functions.billing.telemetry.told import Told

SECOND = 10**9
STARTED = 1_748_944_800 * SECOND
"""2025-06-03T10:00:00Z."""

TRACE = "0af7651916cd43dd8448eb211c80319c"

_numbers = count(1)


def make_span(
    name: str = "a span",
    attributes: dict[str, JsonValue] | None = None,
    *,
    parent: Span | None = None,
    scope: str = "",
    seconds: tuple[int, int] = (0, 1),
) -> Span:
    """From the first to the last of `seconds` after STARTED; of the trace of its parent."""
    return Span(
        trace_id=TRACE if parent is None else parent.trace_id,
        span_id=f"{next(_numbers):016x}",
        parent_id="" if parent is None else parent.span_id,
        name=name,
        scope=scope,
        started_nano=STARTED + seconds[0] * SECOND,
        ended_nano=STARTED + seconds[1] * SECOND,
        attributes=attributes or {},
    )


TOKENS: dict[str, JsonValue] = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}


def call_of(span: Span) -> Call:
    meaning = meaning_of(span)
    assert isinstance(meaning, Call)
    return meaning


def told_of(span: Span, amount: str | None = "0.10") -> Told:
    """What the span tells, at that price; without one for None."""
    call = call_of(span)
    cost = Cost(Decimal(amount or 0), "USD", is_unpriced=amount is None)
    return Told(call, cost, cost_entry(call, cost, received_at=datetime(2025, 6, 3, tzinfo=UTC)))
