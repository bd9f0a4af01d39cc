"""A signal on the wire (contract 3.1): one by one, with a sentence for what is wrong (`plain_signals` has many)."""

from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field, GetJsonSchemaHandler, JsonValue, StringConstraints
from pydantic_core import CoreSchema, to_json

from functions.billing.models.entity import ExternalId
from functions.runtime.fields import check_numbers
from functions.runtime.references import CustomerReference, ProductReference
from functions.runtime.wire import Json, Moment, Wire

MAX_SIGNALS = 10_000
"""Signals per request: what one function call can surely check and send."""

MAX_DATA_CHARACTERS = 64_000
"""The size of one signal's free data as JSON: with it a segment of the log stays within one item."""


def _small(data: Json) -> Json:
    text = to_json(data)
    if len(text) > MAX_DATA_CHARACTERS and (size := len(text.decode())) > MAX_DATA_CHARACTERS:
        raise ValueError(f"expected at most {MAX_DATA_CHARACTERS} characters of JSON, it has {size}")
    if b"Infinity" in text:
        check_numbers(data)
    return data


EventName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
IdempotencyKey = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class UnitReference(Wire):
    external_customer_unit_id: ExternalId


class SignalIn(Wire):
    """One signal; without a `timestamp` it happened when it was received."""

    event_name: EventName = Field(validation_alias=AliasChoices("eventName", "event_name"))
    customer: CustomerReference
    customer_unit: UnitReference | None = None
    attribution: ProductReference | None = None
    timestamp: Moment | None = None
    data: Annotated[dict[str, JsonValue], AfterValidator(_small)] | None = None
    idempotency_key: IdempotencyKey | None = None


class _ReadAsSignal:
    """Says in the schema what is read later."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        del core
        return handler(SignalIn.__pydantic_core_schema__)


class BulkRequest(Wire):
    """The envelope; what is in it is checked signal by signal, so that one mistake does not stop the others."""

    signals: Annotated[list[Annotated[Any, _ReadAsSignal()]], Field(max_length=MAX_SIGNALS)]
