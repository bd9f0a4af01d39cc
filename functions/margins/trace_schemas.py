"""Recorded calls as the first version of the API shows them (contract 3.4 and 7.2)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field, JsonValue, WithJsonSchema
from pydantic_core import from_json

from functions.billing.margin.calls import Call
from functions.billing.usecases.list_calls import CallFilter, CallPage
from functions.margins.schemas import tokens_out
from functions.runtime.wire import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    FromMoment,
    MomentOut,
    NumberOut,
    ToMoment,
    Wire,
    fitting,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_METADATA_CHARACTERS = 10_000
_UNNAMED = "cost"
"""What is called after no span."""


def _fields(text: object) -> object:
    """A JSON object in a text."""
    expected = 'expected a JSON object such as {"team": "sales"}'
    if not isinstance(text, str) or len(text) > _MAX_METADATA_CHARACTERS:
        raise ValueError(f"{expected}, of at most {_MAX_METADATA_CHARACTERS} characters")
    try:
        fields = from_json(text, allow_inf_nan=False)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        return fields
    raise ValueError(expected)


Fields = Annotated[
    dict[str, JsonValue],
    BeforeValidator(_fields),
    WithJsonSchema({"type": "string", "description": "A JSON object.", "examples": ['{"team": "sales"}']}),
]


class CostQuery(Wire):
    """`startTime` and `endTime` are of the calls, both inclusive."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0
    start_time: FromMoment | None = None
    end_time: ToMoment | None = None

    def wanted(self, customer_id: str | None) -> CallFilter:
        return CallFilter(customer_id=customer_id, started_from=self.start_time, started_to=self.end_time)


class TraceQuery(CostQuery):
    """`metadata` is a JSON object: calls whose own has all of its fields. Agent is an old word for product."""

    customer_id: str | None = None
    external_customer_id: str | None = None
    external_product_id: str | None = None
    external_agent_id: str | None = None
    metadata: Fields | None = None

    @property
    def product_name(self) -> str | None:
        return self.external_product_id or self.external_agent_id

    def wanted_of(self, customer_id: str | None, product_id: str | None) -> CallFilter:
        """`product_id` is that which the product's name leads to, None if nowhere."""
        named = self.product_name
        of_product = None if named is None else partial(_is_of_product, product_id, named)
        return replace(self.wanted(customer_id), product=of_product, metadata=self.metadata)


def _is_of_product(wanted_id: str | None, wanted_name: str, product_id: str | None, external_id: str | None) -> bool:
    return external_id == wanted_name if product_id is None else product_id == wanted_id


class CostAmountOut(Wire):
    amount: NumberOut
    currency: str


class TraceOut(Wire):
    """`vendor` and `model` are empty where the sender did not say; what is null has no customer, or no product.

    Beyond the contract are `id`, and `isUnpriced`: nobody knows the price of the model yet, and the amount is 0.
    """

    id: str
    name: str
    vendor: str
    model: str
    cost: CostAmountOut
    is_unpriced: bool
    start_time_unix_nano: str
    end_time_unix_nano: str
    attributes: dict[str, JsonValue]
    customer_id: str | None
    product_id: str | None


class TracesMetaOut(Wire):
    """`count` is that of this answer."""

    limit: int
    offset: int
    count: int
    has_more: bool
    start_time: MomentOut | None
    end_time: MomentOut | None


class TracesOut(Wire):
    traces: list[TraceOut]
    meta: TracesMetaOut


def traces_out(page: CallPage, query: CostQuery) -> TracesOut:
    """A page too large for Lambda ends early, as every listing does."""
    traces = fitting([_trace_out(call) for call in page.calls])
    is_cut = len(traces) < len(page.calls)
    meta = TracesMetaOut(
        limit=len(traces) if is_cut else query.limit,
        offset=query.offset,
        count=len(traces),
        has_more=page.has_more or is_cut,
        start_time=query.start_time,
        end_time=query.end_time,
    )
    return TracesOut(traces=traces, meta=meta)


def _trace_out(call: Call) -> TraceOut:
    cost, span = call.cost, call.span
    return TraceOut(
        id=call.position.signal_id,
        name=span.name or _UNNAMED,
        vendor=cost.vendor or "",
        model=cost.model or "",
        cost=CostAmountOut(amount=cost.amount, currency=cost.currency),
        is_unpriced=cost.is_unpriced,
        start_time_unix_nano=span.started_unix_nano or _unix_nano(call.entry.occurred_at),
        end_time_unix_nano=span.ended_unix_nano or _unix_nano(call.entry.occurred_at),
        attributes=dict(_attributes(call)),
        customer_id=None if call.is_unattributed else call.customer_id,
        product_id=call.entry.product_id,
    )


def _attributes(call: Call) -> Iterator[tuple[str, JsonValue]]:
    """As spans name them, level by level."""
    metadata = call.data.get("metadata")
    if isinstance(metadata, dict):
        yield "metadata", metadata
    if call.tokens is not None:
        yield "gen_ai", {"usage": tokens_out(call.tokens).model_dump()}
    if call.cost.source is not None:
        yield "priced_by", call.cost.source
    for name, value in (("trace_id", call.links.trace_id), ("span_id", call.links.span_id)):
        if value is not None:
            yield name, value


def _unix_nano(moment: datetime) -> str:
    return str((moment - _EPOCH) // timedelta(microseconds=1) * 1000)
