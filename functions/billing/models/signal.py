"""What happened at a customer, as its agent reported it; immutable."""

from pydantic import AwareDatetime, JsonValue

from functions.billing.models.entity import Value


class Signal(Value):
    """A signal as accepted: who and what it names is still as the sender said it.

    Exactly one of `customer_id` and `external_customer_id` is given; of the product's two at most one.
    `occurred_at` is the true event time. `idempotency_key` is never empty: one without gets one before the queue, so
    that a redelivered message is a duplicate too.
    """

    event_name: str
    customer_id: str | None = None
    external_customer_id: str | None = None
    product_id: str | None = None
    external_product_id: str | None = None
    external_customer_unit_id: str | None = None
    occurred_at: AwareDatetime
    data: dict[str, JsonValue] | None = None
    idempotency_key: str


class SignalBatch(Value):
    """The signals of one accepted request: the body of one queue message."""

    schema_version: int = 1
    organization_id: str
    received_at: AwareDatetime
    signals: tuple[Signal, ...]


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
