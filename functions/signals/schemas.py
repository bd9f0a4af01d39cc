"""Signals on the wire (contract 3.1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field, JsonValue, StringConstraints, ValidationError

from functions.billing.errors import BillingError, InvalidInput
from functions.billing.models.entity import ExternalId
from functions.billing.models.signal import LoggedSignal, Signal
from functions.billing.usecases.accept_signals import Accepted
from functions.runtime.fields import check_numbers
from functions.runtime.references import CustomerReference, ProductReference
from functions.runtime.sentences import sentence_of
from functions.runtime.wire import FromMoment, Json, Moment, MomentOut, Paging, ToMoment, Wire

MAX_DATA_CHARACTERS = 64_000
"""The size of one signal's free data: with it a segment of the log stays within one item."""

MAX_SHOWN_FAILURES = 1000
"""A body may hold a hundred thousand signals, all bad; Lambda gives back no more than it takes."""


def _small(data: Json) -> Json:
    text = str(data)
    if len(text) > MAX_DATA_CHARACTERS:
        raise ValueError(f"expected at most {MAX_DATA_CHARACTERS} characters, it has about {len(text)}")
    if "inf" in text:
        check_numbers(data)
    return data


MAX_SIGNALS = 10_000
"""Signals per request: what one function call can surely check and send."""

Data = Annotated[dict[str, JsonValue], AfterValidator(_small)]
EventName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class UnitReference(Wire):
    external_customer_unit_id: ExternalId


class SignalIn(Wire):
    """One signal; without a `timestamp` it happened when it was received."""

    event_name: EventName = Field(validation_alias=AliasChoices("eventName", "event_name"))
    customer: CustomerReference
    customer_unit: UnitReference | None = None
    attribution: ProductReference | None = None
    timestamp: Moment | None = None
    data: Data | None = None
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None

    def signal(self, *, received_at: datetime, default_key: str) -> Signal:
        product = self.attribution or ProductReference.model_construct()
        return Signal(
            event_name=self.event_name,
            customer_id=self.customer.customer_id,
            external_customer_id=self.customer.external_customer_id,
            product_id=product.product_id,
            external_product_id=product.external_product_id,
            external_customer_unit_id=self.customer_unit and self.customer_unit.external_customer_unit_id,
            occurred_at=self.timestamp or received_at,
            data=self.data,
            idempotency_key=self.idempotency_key or default_key,
        )


class FailureOut(Wire):
    """Beyond the contract: which signal was refused and why."""

    index: int
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request brought: signals with their indexes, and what could not be read."""

    signals: list[tuple[int, Signal]]
    failures: list[FailureOut]


class BulkRequest(Wire):
    """The envelope; what is in it is checked signal by signal, so that one mistake does not stop the others."""

    signals: Annotated[list[Any], Field(max_length=MAX_SIGNALS)]

    def read(self, *, received_at: datetime, request_id: str) -> Sent:
        """A signal without a key gets one here, before the queue: a redelivered message is then a duplicate too."""
        sent = Sent([], [])
        for index, raw in enumerate(self.signals):
            try:
                parsed = SignalIn.model_validate(raw)
            except ValidationError as error:
                sentence, _ = sentence_of(error, whole="the signal")
                sent.failures.append(failure_out(index, InvalidInput(sentence)))
                continue
            signal = parsed.signal(received_at=received_at, default_key=f"{request_id}:{index}")
            sent.signals.append((index, signal))
        return sent


class BulkResponse(Wire):
    """`failed` counts all, `failures` shows no more than the first thousand."""

    ingested: int
    duplicates: int
    failed: int
    failures: list[FailureOut]


def failure_out(index: int, error: BillingError) -> FailureOut:
    return FailureOut(index=index, code=error.code, error=error.sentence)


def bulk_response(accepted: Accepted, unreadable: list[FailureOut]) -> BulkResponse:
    refused = [failure_out(failure.index, failure.error) for failure in accepted.failures]
    failures = sorted([*unreadable, *refused], key=lambda failure: failure.index)
    return BulkResponse(
        ingested=accepted.ingested,
        duplicates=accepted.duplicates,
        failed=len(failures),
        failures=failures[:MAX_SHOWN_FAILURES],
    )


class SignalQuery(Paging):
    """The filters of the listing; `createdAt` is the time of ingestion, not of the event (contract 3.1)."""

    signal_name: str | None = None
    customer_id: str | None = None
    external_customer_id: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    created_at_from: FromMoment | None = None
    created_at_to: ToMoment | None = None


class SignalOut(Wire):
    """A logged signal. `occurredAt` is ours: the event's own time, which billing goes by."""

    id: str
    name: str
    customer_id: str
    external_customer_id: str | None
    product_id: str | None
    external_product_id: str | None
    trace_id: str | None
    data: dict[str, JsonValue] | None
    created_at: MomentOut
    occurred_at: MomentOut


def signal_out(signal: LoggedSignal) -> SignalOut:
    return SignalOut(
        id=signal.id,
        name=signal.event_name,
        customer_id=signal.customer_id,
        external_customer_id=signal.external_customer_id,
        product_id=signal.product_id,
        external_product_id=signal.external_product_id,
        trace_id=None,
        data=signal.data,
        created_at=signal.logged_at,
        occurred_at=signal.occurred_at,
    )
