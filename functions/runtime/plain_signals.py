"""Signals as nearly all of them are sent, read all at once by msgspec: in a third of the time that pydantic takes.

What is read here, `SignalIn` would read as well, and as the same. It alone knows other spellings, fields that nobody
declared, the edges of the calendar, and what to say of a mistake: the rest is for it to read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, convert
from msgspec.json import Decoder
from pydantic_core import to_json

from functions.runtime.signal_wire import MAX_DATA_CHARACTERS, MAX_SIGNALS, SignalIn

_EARLY, _LATE = datetime(1971, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
"""Whether a moment before or after them is within the calendar is for `SignalIn` to say."""

_TOGETHER = 256
"""Signals whose data is measured at once: mostly that of all of them is smaller than that of one may be."""

_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_CustomerId = Annotated[str, Meta(pattern=r"^cus_[0-9A-Za-z]{1,40}\Z")]
_ProductId = Annotated[str, Meta(pattern=r"^prod_[0-9A-Za-z]{1,40}\Z")]
_Key = Annotated[str, Meta(min_length=1, max_length=1024)]

if TYPE_CHECKING:
    from pydantic import JsonValue

    _Data = dict[str, JsonValue]
else:  # As deep as msgspec is to read: pydantic refuses a body of some 200 brackets in each other, msgspec would not.
    _Scalar = _Value = str | int | float | bool | None
    for _ in range(5):
        _Value = _Scalar | list[_Value] | dict[str, _Value]
    _Data = dict[str, _Value]


class PlainCustomer(Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    customer_id: _CustomerId | None = None
    external_customer_id: _Name | None = None


class PlainUnit(Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    external_customer_unit_id: _Name


class PlainProduct(Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    product_id: _ProductId | None = None
    external_product_id: _Name | None = None


class PlainSignal(Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    """A signal in the spelling of the contract; null is what was not said."""

    event_name: _Name
    customer: PlainCustomer
    customer_unit: PlainUnit | None = None
    attribution: PlainProduct | None = None
    timestamp: str | None = None
    data: _Data | None = None
    idempotency_key: _Key | None = None


class _Body(Struct, forbid_unknown_fields=True):
    signals: Annotated[list[PlainSignal], Meta(max_length=MAX_SIGNALS)]


_BODY = Decoder(_Body)


class _NotPlainError(ValueError):
    """A signal is wrong, or right in a way that only `SignalIn` understands."""


_NOT_PLAIN = (ValueError, TypeError, RecursionError)
"""All that msgspec and the checks below raise; a TypeError is that of a time without a zone, which compares to none."""


@dataclass(frozen=True, slots=True)
class PlainSignals:
    """Signals, and in the same order their moments, None for those that happened when they came."""

    signals: list[PlainSignal]
    moments: list[datetime | None]


def plain_body(body: bytes) -> PlainSignals | None:
    """All signals of a body; None where only `SignalIn` can tell what they are."""
    try:
        return _checked(_BODY.decode(body).signals)
    except _NOT_PLAIN:
        return None


def plain_list(signals: Sequence[object]) -> PlainSignals | None:
    """The same of signals that are parsed already."""
    try:
        return _checked(convert(signals, list[PlainSignal]))
    except _NOT_PLAIN:
        return None


def plain_each(signals: Sequence[SignalIn]) -> PlainSignals:
    """The same of signals that were read one by one."""
    return PlainSignals([_plain(signal) for signal in signals], [signal.timestamp for signal in signals])


def _checked(signals: list[PlainSignal]) -> PlainSignals:
    _check_names({(s.customer.customer_id, s.customer.external_customer_id) for s in signals})
    _check_names({(p.product_id, p.external_product_id) for s in signals if (p := s.attribution) is not None})
    moments = _moments([s.timestamp for s in signals])
    _check_data([s.data for s in signals if s.data is not None])
    return PlainSignals(signals, moments)


def _check_names(names: Iterable[tuple[str | None, str | None]]) -> None:
    if any((own is None) == (external is None) for own, external in names):
        raise _NotPlainError("expected exactly one of two names")


def _moments(texts: Sequence[str | None]) -> list[datetime | None]:
    """As `Moment` reads them."""
    moments = [None if text is None else datetime.fromisoformat(text.upper()) for text in texts]
    given = [moment for moment in moments if moment is not None]
    if given and not _EARLY < min(given) <= max(given) < _LATE:
        raise _NotPlainError("expected a year of ours")
    return moments


def _check_data(data: Sequence[_Data]) -> None:
    """Together, and if that is too much, one by one."""
    for start in range(0, len(data), _TOGETHER):
        some = data[start : start + _TOGETHER]
        if not _is_ordinary(some) and not all(_is_ordinary([one]) for one in some):
            raise _NotPlainError("expected data that is small and finite")


def _is_ordinary(data: Sequence[_Data]) -> bool:
    text = to_json(data)[len("[") : -len("]")]
    return len(text) <= MAX_DATA_CHARACTERS and b"Infinity" not in text


def _plain(signal: SignalIn) -> PlainSignal:
    customer, unit, product = signal.customer, signal.customer_unit, signal.attribution
    return PlainSignal(
        event_name=signal.event_name,
        customer=PlainCustomer(customer.customer_id, customer.external_customer_id),
        customer_unit=None if unit is None else PlainUnit(unit.external_customer_unit_id),
        attribution=None if product is None else PlainProduct(product.product_id, product.external_product_id),
        timestamp=None if signal.timestamp is None else signal.timestamp.isoformat(),
        data=signal.data,
        idempotency_key=signal.idempotency_key,
    )
