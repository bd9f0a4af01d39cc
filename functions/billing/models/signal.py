"""What happened at a customer, as its agent reported it; immutable."""

from typing import NamedTuple

from pydantic import AwareDatetime, JsonValue

from functions.billing.models.entity import Value


class Source(NamedTuple):
    """The message that brought a signal from the front door to the log: what accounts for each accepted signal.

    A producer is a running process of the front door; it numbers its messages of an organization, says how many signals
    it had sent for it `before`, and so a message that got lost leaves a gap. `size` is the number of signals in the
    message, `received_on` the ISO date of its request.
    """

    producer: str
    sequence: int
    before: int
    size: int
    received_on: str


class Signal(Value):
    """A signal as accepted: who and what it names is still as the sender said it.

    Exactly one of `customer_id` and `external_customer_id` is given; of the product's two at most one.
    `occurred_at` is the true event time. `idempotency_key` is never empty: one without gets one before the queue, so
    that a redelivered message is a duplicate too. `has_own_time` is false where the sender gave no time, so that
    `occurred_at` is that of receipt.
    """

    event_name: str
    customer_id: str | None = None
    external_customer_id: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    external_customer_unit_id: str | None = None
    occurred_at: AwareDatetime
    has_own_time: bool = True
    data: dict[str, JsonValue] | None = None
    idempotency_key: str


class SignalBatch(Value):
    """The signals of one accepted request, or a part of them: the body of one queue message.

    Messages of schema 1 have no source: what they bring is counted, but not accounted for.
    """

    schema_version: int = 1
    organization_id: str
    received_at: AwareDatetime
    source: Source | None = None
    signals: tuple[Signal, ...]


class Delivered(NamedTuple):
    """A signal and the message that brought it."""

    signal: Signal
    source: Source | None = None


class LoggedSignal(Value):
    """A signal in the log. `logged_at` is the instant of its append, in the organization's time."""

    id: str
    customer_id: str
    event_name: str
    external_customer_id: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    external_customer_unit_id: str | None = None
    occurred_at: AwareDatetime
    logged_at: AwareDatetime
    data: dict[str, JsonValue] | None = None
