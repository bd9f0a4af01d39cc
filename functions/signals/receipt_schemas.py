"""What became of a signal, on the wire: beyond the contract, whose clients keep fields that they do not know."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import JsonValue, StringConstraints, model_validator

from functions.billing.errors import InvalidInput
from functions.billing.margin.calls import Links
from functions.billing.models.entity import ExternalId
from functions.billing.models.invoice import InvoiceStatus
from functions.billing.models.signal import LoggedSignal
from functions.billing.rating.receipt import Count, Receipt, SignalStatus
from functions.billing.rating.unattributed import Miss
from functions.runtime.fields import Id
from functions.runtime.wire import MomentOut, Wire, day_out


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


class ReasonOut(Wire):
    code: Miss
    sentence: str


class CountOut(Wire):
    """A price that the signal counts for; the invoice's fields are null while none charges it."""

    order_id: str
    order_line_id: str
    order_line_attribute_id: str
    period_start: MomentOut
    period_end: MomentOut
    invoice_id: str | None
    invoice_number: str | None
    invoice_status: InvoiceStatus | None


class ReceiptOut(SignalOut):
    """A logged signal and what became of it. `reason` is null where it counts for something."""

    status: SignalStatus
    reason: ReasonOut | None
    counted: list[CountOut]


class KeyPath(Wire):
    """The idempotency key that a path names, of as many characters as a signal's may have."""

    idempotency_key: Annotated[str, StringConstraints(max_length=1024)]

    @classmethod
    def of(cls, parameters: Mapping[str, str], raw_path: str) -> list[str]:
        """The key; and before it, where the path ends with slashes, the key that has them for its own."""
        key = cls.model_validate({"idempotencyKey": parameters["idempotency_key"]}).idempotency_key
        slashes = raw_path[len(raw_path.rstrip("/")) :]
        return [key + slashes, key] if slashes else [key]


class KeyQuery(Wire):
    """In whose log the key is looked for; in all of them where nobody is named."""

    customer_id: Id | None = None
    external_customer_id: ExternalId | None = None

    @model_validator(mode="after")
    def _names_one_at_most(self) -> Self:
        if self.customer_id is not None and self.external_customer_id is not None:
            raise InvalidInput(
                f"externalCustomerId is {self.external_customer_id!r} beside customerId {self.customer_id!r}, "
                "expected at most one of the two"
            )
        return self


class ReceiptsOut(Wire):
    """The signals of a key: it is unique in a customer's log, and others may have used it too."""

    idempotency_key: str
    receipts: list[ReceiptOut]


def receipt_out(signal: LoggedSignal, receipt: Receipt) -> ReceiptOut:
    reason = receipt.reason
    return ReceiptOut(
        **dict(_signal_out(signal)),
        status=receipt.status,
        reason=None if reason is None else ReasonOut(code=reason.code, sentence=reason.sentence),
        counted=[_count_out(count) for count in receipt.counts],
    )


def _signal_out(signal: LoggedSignal) -> SignalOut:
    return SignalOut(
        id=signal.id,
        name=signal.event_name,
        customer_id=signal.customer_id,
        external_customer_id=signal.external_customer_id,
        product_id=signal.product_id,
        external_product_id=signal.external_product_id,
        trace_id=Links.of(signal.data).trace_id,
        data=signal.data,
        created_at=signal.logged_at,
        occurred_at=signal.occurred_at,
    )


def _count_out(count: Count) -> CountOut:
    entry, invoice = count.entry, count.invoice
    return CountOut(
        order_id=entry.order_id,
        order_line_id=entry.order_line_id,
        order_line_attribute_id=entry.order_line_attribute_id,
        period_start=day_out(count.period.start),
        period_end=day_out(count.period.end),
        invoice_id=None if invoice is None else invoice.id,
        invoice_number=None if invoice is None else invoice.display_number,
        invoice_status=None if invoice is None else invoice.status,
    )
