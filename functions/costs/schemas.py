"""Costs on the wire (contract 3.3): all of a request is valid, or it is refused with the first mistake named."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from functions.billing.models.cost import COST_EVENT, MAX_COST, Cost, cost_key
from functions.billing.models.signal import Signal
from functions.billing.money import COST_DIGITS, EXACT
from functions.billing.usecases.accept_costs import Accepted
from functions.runtime.exact_json import WrittenNumber
from functions.runtime.fields import Currency, LimitedMetadata
from functions.runtime.references import CustomerReference, ProductReference
from functions.runtime.wire import Moment, OptionalText, Wire

MAX_COSTS = 10_000
"""Costs per request: what one function call can surely check and send."""

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_SMALLEST = Decimal(1).scaleb(-COST_DIGITS)


def _written(value: object) -> str:
    """The digits of a number, or of a text that is one: a text keeps them on the way through any client."""
    match value:
        case WrittenNumber(text=str(text)) | str(text) if _NUMBER.fullmatch(text):
            return text
        case int() if not isinstance(value, bool):
            return str(value)
        case _:
            raise ValueError("expected an amount in major units such as 0.0125, as a number or a text")


def _amount(value: object) -> Decimal:
    """A text is exact or refused. A number may carry the noise of a float (0.1 + 0.2): it is rounded, once."""
    amount = Decimal(_written(value))
    if amount < 0:
        raise ValueError("expected at least 0")
    if amount > MAX_COST:
        raise ValueError(f"expected at most {MAX_COST}, in major units")
    counted = amount.quantize(_SMALLEST, context=EXACT)
    if counted != amount and isinstance(value, str):
        raise ValueError(f"expected at most {COST_DIGITS} decimals")
    return counted.normalize(EXACT)


def _precomputed(kind: str, record: ValidationInfo) -> str:
    if kind == "usage" and record.data.get("cost_override") is None:
        raise ValueError("token usage is not priced yet, expected costOverride beside it, or a record of type 'cost'")
    if kind not in {"cost", "usage"}:
        raise ValueError("expected 'cost' or 'usage'")
    return kind


Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": int(MAX_COST)},
                {"type": "string", "pattern": f"^{_NUMBER.pattern}$"},
            ],
            "description": f"In major units, with at most {COST_DIGITS} decimals where it is a text.",
            "examples": ["0.0125"],
        }
    ),
]


class CostOverrideIn(Wire):
    """What the caller says that the tokens have cost."""

    amount: Amount
    currency: Currency


class RecordIn(Wire):
    """What tells the kinds of records apart."""

    cost_override: CostOverrideIn | None = None
    type: Annotated[str, AfterValidator(_precomputed), Field(json_schema_extra={"enum": ["cost", "usage"]})] = "cost"


class CostIn(RecordIn):
    """One precomputed cost, or token usage that says itself what it cost; `usage` is kept and not calculated with.

    Without a `timestamp` it arose when it was received.
    """

    customer: CustomerReference
    amount: Amount
    currency: Currency
    product: ProductReference | None = None
    vendor: OptionalText = None
    model: OptionalText = None
    timestamp: Moment | None = None
    metadata: LimitedMetadata | None = None
    usage: LimitedMetadata | None = None
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_cost(cls, record: object) -> object:
        """Alone and first: a record of another kind has no amount either, and nobody wants to hear that."""
        RecordIn.model_validate(record)
        if isinstance(record, dict) and record.get("type") == "usage":
            override = record["costOverride"]
            return {**record, "amount": override["amount"], "currency": override["currency"]}
        return record

    def entry(self, *, received_at: datetime, default_key: str) -> Signal:
        """As it travels and is logged: on the road of the signals (see `accept_costs`)."""
        product = self.product or ProductReference.model_construct()
        cost = Cost(self.amount, self.currency, vendor=self.vendor, model=self.model)
        return Signal(
            event_name=COST_EVENT,
            customer_id=self.customer.customer_id,
            external_customer_id=self.customer.external_customer_id,
            product_id=product.product_id,
            external_product_id=product.external_product_id,
            occurred_at=self.timestamp or received_at,
            has_own_time=self.timestamp is not None,
            data={**cost.to_data(), "metadata": self.metadata, **({} if self.usage is None else {"usage": self.usage})},
            idempotency_key=cost_key(self.idempotency_key or default_key),
        )


class BulkRequest(Wire):
    costs: Annotated[list[CostIn], Field(max_length=MAX_COSTS)]

    def entries(self, *, received_at: datetime, request_id: str) -> list[Signal]:
        """A cost without a key gets one here, before the queue: a redelivered message is then a duplicate too."""
        return [
            cost.entry(received_at=received_at, default_key=f"{request_id}:{index}")
            for index, cost in enumerate(self.costs)
        ]


class ConflictOut(Wire):
    """Beyond the contract: which of the duplicates has other values than the cost that its key stands for."""

    index: int
    code: str
    error: str


class BulkResponse(Wire):
    """`conflicts` shows no more than the first thousand."""

    ingested: int
    duplicates: int
    conflicts: list[ConflictOut]


def bulk_response(accepted: Accepted) -> BulkResponse:
    return BulkResponse(
        ingested=accepted.ingested,
        duplicates=accepted.duplicates,
        conflicts=[ConflictOut(index=c.index, code=c.error.code, error=c.error.sentence) for c in accepted.conflicts],
    )
