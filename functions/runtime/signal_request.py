"""A bulk request of signals: read at the front door, and read again, the same way, where its signals are logged."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import from_json

from functions.billing.errors import InvalidInput
from functions.billing.models.signal import Signal, SignalBatch
from functions.billing.models.signal_message import SignalMessage
from functions.billing.usecases.accept_signals import Failure, Headings
from functions.runtime.sentences import sentence_of
from functions.runtime.signal_messages import Origin, grouped_messages, opened, request_message, signal_messages
from functions.runtime.signal_wire import BulkRequest, SignalIn
from functions.runtime.wire import Json

if TYPE_CHECKING:
    from functions.runtime.plain_signals import PlainSignal

_FEW = 16
"""Signals that are read one by one where they cannot be read together; of more, only the half that is in the way."""


@dataclass(frozen=True)
class SignalRequest:
    """Fulfils `SentSignals`: those of a body's `count` signals that could be read, and why the others could not.

    `indexes` are the places of the readable ones in the body; `moments` are theirs, None where they happened when they
    came. `costs` are entries of the log that go with signals, by the indexes of these.
    """

    origin: Origin
    body: bytes
    count: int
    indexes: Sequence[int]
    signals: "Sequence[PlainSignal]"
    moments: Sequence[datetime | None]
    failures: Sequence[Failure]
    costs: Mapping[int, Signal] = field(default_factory=dict[int, Signal])

    @classmethod
    def read(cls, origin: Origin, body: bytes, envelope: Callable[[], BulkRequest]) -> "SignalRequest":
        """`envelope` parses the body the long way, if that is needed, and raises what is wrong with it as a whole."""
        from functions.runtime.plain_signals import plain_body  # noqa: PLC0415 - the first request loads msgspec

        plain = plain_body(body)
        if plain is not None:
            count = len(plain.signals)
            return cls(origin, body, count, range(count), plain.signals, plain.moments, [])
        signals = envelope().signals
        reading = _Reading()
        reading.read(range(len(signals)), signals)
        return cls(origin, body, len(signals), reading.indexes, reading.signals, reading.moments, reading.failures)

    def headings(self) -> Headings:
        received_at = self.origin.received_at
        return Headings(
            indexes=self.indexes,
            customers=[(s.customer.customer_id, s.customer.external_customer_id) for s in self.signals],
            moments=[moment or received_at for moment in self.moments],
            keys=[s.idempotency_key or self._default_key(i) for i, s in zip(self.indexes, self.signals, strict=True)],
        )

    def signal(self, index: int) -> Signal:
        return Signal(**self._fields(self._places[index]))

    def batch(self, *, skipped: Container[int] = ()) -> SignalBatch:
        """All readable signals but some."""
        return self._batch([place for place, index in enumerate(self.indexes) if index not in skipped])

    def with_costs(self, costs: Mapping[int, Signal], failures: Sequence[Failure]) -> "SignalRequest":
        """The same request, of which some signals bring costs, and others have failed now."""
        failed = {failure.index for failure in failures}
        kept = [place for place, index in enumerate(self.indexes) if index not in failed]
        return replace(
            self,
            indexes=[self.indexes[place] for place in kept],
            signals=[self.signals[place] for place in kept],
            moments=[self.moments[place] for place in kept],
            failures=[*self.failures, *failures],
            costs=costs,
        )

    def messages(self, indexes: Sequence[int]) -> Sequence[SignalMessage]:
        """The body as it came, where most of it is to be sent, it fits into one message, and brings no costs."""
        if self.costs and not self.costs.keys().isdisjoint(indexes):
            signals = self._batch([self._places[index] for index in indexes]).signals
            groups = [
                (signal, self.costs[index]) if index in self.costs else (signal,)
                for index, signal in zip(indexes, signals, strict=True)
            ]
            return grouped_messages(self.origin, groups)
        skipped = sorted(set(range(self.count)).difference(indexes)) if len(indexes) < self.count else []
        if len(skipped) <= len(indexes):
            message = request_message(self.origin, self.body, size=len(indexes), skipped=skipped)
            if message is not None:
                return [message]
        return signal_messages(self._batch([self._places[index] for index in indexes]))

    @cached_property
    def _places(self) -> dict[int, int]:
        return {index: place for place, index in enumerate(self.indexes)}

    def _batch(self, places: Sequence[int]) -> SignalBatch:
        return SignalBatch.model_validate(
            {
                "organization_id": self.origin.organization_id,
                "received_at": self.origin.received_at,
                "signals": [self._fields(place) for place in places],
            }
        )

    def _fields(self, place: int) -> Json:
        signal, moment = self.signals[place], self.moments[place]
        unit, product = signal.customer_unit, signal.attribution
        return {
            "event_name": signal.event_name,
            "customer_id": signal.customer.customer_id,
            "external_customer_id": signal.customer.external_customer_id,
            "product_id": None if product is None else product.product_id,
            "external_product_id": None if product is None else product.external_product_id,
            "external_customer_unit_id": None if unit is None else unit.external_customer_unit_id,
            "occurred_at": (moment or self.origin.received_at).astimezone(UTC),
            "has_own_time": moment is not None,
            "data": signal.data,
            "idempotency_key": signal.idempotency_key or self._default_key(self.indexes[place]),
        }

    def _default_key(self, index: int) -> str:
        """A signal without a key gets one here, before the queue: a redelivered message is then a duplicate too."""
        return f"{self.origin.request_id}:{index}"


def decode_batch(message: str) -> SignalBatch:
    """What a queue message brings. Raises what is wrong with it, but nothing that it says: then it must come again."""
    delivered = opened(message)
    if isinstance(delivered, SignalBatch):
        return delivered
    header, body = delivered.header, delivered.content
    if header.request_id is None:
        return delivered.batch()
    origin = Origin(header.organization_id, header.received_at, header.request_id)
    skipped = frozenset(header.skipped)
    request = SignalRequest.read(origin, body, lambda: _envelope(body))
    for failure in request.failures:
        if failure.index not in skipped:  # it was accepted: whatever is thought of it now, it must not vanish
            raise InvalidInput(f"signals[{failure.index}] was accepted and can no longer be read")
    return request.batch(skipped=skipped).model_copy(update={"schema_version": 2, "source": header.source})


def _envelope(body: bytes) -> BulkRequest:
    """Raises ValueError or InvalidInput, whose words are logged: there is nothing in them of the body."""
    try:
        return BulkRequest.model_validate(from_json(body, allow_inf_nan=False))
    except ValidationError:
        raise InvalidInput("the body was accepted and can no longer be read") from None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of a request, piece by piece and in order."""

    indexes: list[int] = field(default_factory=list)
    signals: "list[PlainSignal]" = field(default_factory=list)
    moments: list[datetime | None] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def read(self, indexes: Sequence[int], signals: Sequence[Any]) -> None:
        from functions.runtime.plain_signals import plain_each, plain_list  # noqa: PLC0415 - as above

        plain = plain_list(signals)
        if plain is None and len(signals) > _FEW:
            half = len(signals) // 2
            self.read(indexes[:half], signals[:half])
            self.read(indexes[half:], signals[half:])
            return
        if plain is None:
            readable = self._read_each(indexes, signals)
            plain, indexes = plain_each(list(readable.values())), list(readable)
        self.indexes.extend(indexes)
        self.signals.extend(plain.signals)
        self.moments.extend(plain.moments)

    def _read_each(self, indexes: Sequence[int], signals: Sequence[Any]) -> dict[int, SignalIn]:
        readable: dict[int, SignalIn] = {}
        for index, raw in zip(indexes, signals, strict=True):
            try:
                readable[index] = SignalIn.model_validate(raw)
            except ValidationError as error:
                sentence, _ = sentence_of(error, whole="the signal")
                self.failures.append(Failure(index, InvalidInput(sentence)))
        return readable
