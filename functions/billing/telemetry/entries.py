"""Spans as entries of the log: signals, and costs, each with a key that the span itself makes (law 1).

So whoever sends a span again, in whatever batch and order, sends the same entry, and the log takes it once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_json

from functions.billing.errors import InvalidInput, shown
from functions.billing.models.cost import COST_EVENT, Cost, cost_key
from functions.billing.models.signal import Signal
from functions.billing.telemetry import attributes as names
from functions.billing.telemetry.attributes import text_of
from functions.billing.telemetry.meaning import Call, Happening
from functions.billing.telemetry.span import Attributes, Span

UNATTRIBUTED = "unattributed AI calls"
"""The external id of the customer under whom calls are recorded that name none; `paid.unattributed` marks each."""

MAX_DATA_CHARACTERS = 64_000
"""Of a signal's data as JSON: with it, and with bounds for all else that is kept, an entry always fits into one item
of the log. A span that could be sent and never logged would take its whole message with it.
"""

MAX_DATA_LEVELS = 100
"""Of a signal's data: JSON is read to 200 levels, and on its way into the log data stands some levels deeper."""

MAX_METADATA_CHARACTERS = 16_384
"""Of a span's metadata as JSON: what is larger is left out, and the sender told."""

_MAX_LEVELS = 8
"""Of metadata; further dots are part of the last level's name."""

_OBJECT = TypeAdapter(dict[str, JsonValue])

_TRACE_DIGITS, _SPAN_DIGITS = 32, 16
_START = datetime(1970, 1, 1, tzinfo=UTC)
_END_NANO = 230 * 365 * 86_400 * 10**9
"""In the year 2199, as everywhere in the API."""


def signal_entry(happening: Happening, *, received_at: datetime) -> Signal:
    """Raises InvalidInput."""
    span = happening.span
    customer = text_of(span.attributes, names.CUSTOMER)
    if customer is None:
        raise InvalidInput("external_customer_id is missing, expected your own id of the customer")
    data = _data(span.attributes)
    said = data.get("paid")
    paid = {**said, **_join_keys(span)} if isinstance(said, dict) else _join_keys(span)
    if span.attributes.get(names.ENABLE_COST_TRACING) is True:
        paid["enable_cost_tracing"] = True
    data["paid"] = paid
    metadata = metadata_of(span)
    if metadata and "metadata" not in data:
        data["metadata"] = metadata
    return _entry(span, happening.event_name, customer, data, _key(span, span.span_id), received_at)


def cost_entry(call: Call, cost: Cost, *, received_at: datetime) -> Signal:
    """Raises InvalidInput."""
    span = call.span
    customer = text_of(span.attributes, names.CUSTOMER)
    paid = _join_keys(span)
    if customer is None:
        paid["unattributed"] = True
    data: dict[str, JsonValue] = {**cost.to_data(), "paid": paid}
    if metadata := metadata_of(span):
        data["metadata"] = metadata
    data["span"] = {
        "name": span.name[: names.MAX_NAME_CHARACTERS],
        "started_unix_nano": str(span.started_nano),
        "ended_unix_nano": str(span.ended_nano),
    }
    if call.units:
        data["units"] = call.units
    key = cost_key(_key(span, call.response_id or span.span_id))
    return _entry(span, COST_EVENT, customer or UNATTRIBUTED, data, key, received_at)


def moment_of(span: Span, *, received_at: datetime) -> datetime:
    """When it began; a span that does not say so, when it was received. Raises InvalidInput."""
    if not 0 <= span.started_nano < _END_NANO:
        raise InvalidInput(
            f"startTimeUnixNano is {span.started_nano}, expected nanoseconds since 1970, and before 2199"
        )
    return _START + timedelta(microseconds=span.started_nano // 1000) if span.started_nano else received_at


def metadata_of(span: Span) -> dict[str, JsonValue]:
    """The caller's own attributes, level by level; empty where they are too large, too (see `has_too_much`)."""
    metadata = _nested(span.attributes)
    return {} if metadata and len(to_json(metadata)) > MAX_METADATA_CHARACTERS else metadata


def has_too_much(span: Span) -> bool:
    """Whether its metadata is larger than what is kept."""
    return any(name.startswith(names.METADATA) for name in span.attributes) and not metadata_of(span)


def _entry(
    span: Span,
    event_name: str,
    customer: str,
    data: dict[str, JsonValue],
    key: str,
    received_at: datetime,
) -> Signal:
    """Raises InvalidInput."""
    return Signal(
        event_name=event_name,
        external_customer_id=customer,
        external_product_id=text_of(span.attributes, names.PRODUCT),
        occurred_at=moment_of(span, received_at=received_at),
        has_own_time=span.started_nano > 0,
        data=data,
        idempotency_key=key,
    )


def _key(span: Span, within: str) -> str:
    """`within` is what tells the entry from all others of its trace. Raises InvalidInput."""
    for name, value, digits in (("traceId", span.trace_id, _TRACE_DIGITS), ("spanId", span.span_id, _SPAN_DIGITS)):
        if len(value) != digits or not value.strip("0"):
            raise InvalidInput(f"{name} is {shown(value)!r}, expected {digits} hexadecimal digits, not all of them 0")
    return f"otel:{span.trace_id}:{within}"


def _join_keys(span: Span) -> dict[str, JsonValue]:
    """What costs and signals are joined by, when somebody asks (docs/traces.md)."""
    keys: dict[str, JsonValue] = {"trace_id": span.trace_id, "span_id": span.span_id}
    scope_id = span.attributes.get(names.SCOPE_ID)
    if isinstance(scope_id, int) and not isinstance(scope_id, bool):
        keys["paid_scope_id"] = scope_id
    return keys


def _data(attributes: Attributes) -> dict[str, JsonValue]:
    """What the signal carries: JSON in a text. Raises InvalidInput."""
    text = attributes.get(names.DATA)
    if text is None or text == "":
        return {}
    if not isinstance(text, str):
        raise InvalidInput(f"data is {shown(str(text))}, expected a JSON object in a text")
    if len(text) > MAX_DATA_CHARACTERS:
        raise InvalidInput(f"data has {len(text)} characters, expected at most {MAX_DATA_CHARACTERS}")
    try:
        data = _OBJECT.validate_json(text)
    except ValidationError as error:
        raise InvalidInput(f"data is {shown(text)!r}, expected a JSON object") from error
    if to_json(data, inf_nan_mode="null") != to_json(data, inf_nan_mode="constants"):
        raise InvalidInput(f"data is {shown(text)!r}, expected numbers of at most 1.8e308")
    if (levels := _levels(data)) > MAX_DATA_LEVELS:
        raise InvalidInput(f"data has {levels} levels, expected at most {MAX_DATA_LEVELS}")
    return data


def _levels(value: JsonValue) -> int:
    """Of objects and lists within each other."""
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_levels, value.values() if isinstance(value, dict) else value), default=0)


def _nested(attributes: Attributes) -> dict[str, JsonValue]:
    """Sorted, so that what stands in the way of a level is there first: the name below it keeps its dots then."""
    metadata: dict[str, JsonValue] = {}
    for name in sorted(name for name in attributes if name.startswith(names.METADATA)):
        _put(metadata, name.removeprefix(names.METADATA).split(".", _MAX_LEVELS - 1), attributes[name])
    return metadata


def _put(place: dict[str, JsonValue], path: Sequence[str], value: JsonValue) -> None:
    """All levels of `place` are its own: an attribute's value may be another span's too."""
    for depth, name in enumerate(path[:-1]):
        below = place.setdefault(name, {})
        if not isinstance(below, dict):
            place[".".join(path[depth:])] = _own(value)
            return
        place = below
    place[path[-1]] = _own(value)


def _own(value: JsonValue) -> JsonValue:
    return {name: _own(below) for name, below in value.items()} if isinstance(value, dict) else value
