"""Costs on the wire (contract 3.3): all of a request is valid, or it is refused with the first mistake named."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from functions.billing.errors import InvalidInput, shown
from functions.billing.models.cost import COST_EVENT, Cost, TokenUsage, cost_key
from functions.billing.models.signal import Signal
from functions.billing.ports import TokenPrices
from functions.billing.usecases.accept_costs import Accepted
from functions.runtime.cost_amounts import Amount
from functions.runtime.fields import Currency, LimitedMetadata, WholeNumber
from functions.runtime.references import CustomerReference, ProductReference
from functions.runtime.wire import Moment, OptionalText, Wire

MAX_COSTS = 10_000
"""Costs per request: what one function call can surely check and send."""

Prices = Callable[[], TokenPrices]
"""The list of prices: called where something is priced by it, for it takes its time to load."""


def _kind(kind: str) -> str:
    if kind not in {"cost", "usage"}:
        raise ValueError("expected 'cost' or 'usage'")
    return kind


class CostOverrideIn(Wire):
    """What the caller says that the tokens have cost."""

    amount: Amount
    currency: Currency


class RecordIn(Wire):
    """What tells the kinds of records apart."""

    cost_override: CostOverrideIn | None = None
    type: Annotated[str, AfterValidator(_kind), Field(json_schema_extra={"enum": ["cost", "usage"]})] = "cost"


class RecordedIn(RecordIn):
    """What all records have. Without a `timestamp` a cost arose when it was received."""

    customer: CustomerReference
    product: ProductReference | None = None
    timestamp: Moment | None = None
    metadata: LimitedMetadata | None = None
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None

    @abstractmethod
    def cost(self, prices: Prices, *, at: datetime) -> Cost:
        """As of the moment `at`. Raises InvalidInput for what nobody knows the price of; the record is not named."""

    def beside(self) -> dict[str, JsonValue]:
        """What is kept with the cost, besides what it says itself."""
        return {"metadata": self.metadata}

    def entry(self, prices: Prices, *, received_at: datetime, default_key: str) -> Signal:
        """As it travels and is logged: on the road of the signals (see `accept_costs`)."""
        product = self.product or ProductReference.model_construct()
        occurred_at = self.timestamp or received_at
        return Signal(
            event_name=COST_EVENT,
            customer_id=self.customer.customer_id,
            external_customer_id=self.customer.external_customer_id,
            product_id=product.product_id,
            external_product_id=product.external_product_id,
            occurred_at=occurred_at,
            has_own_time=self.timestamp is not None,
            data={**self.cost(prices, at=occurred_at).to_data(), **self.beside()},
            idempotency_key=cost_key(self.idempotency_key or default_key),
        )


class CostIn(RecordedIn):
    """One precomputed cost, or token usage that says itself what it cost; its `usage` is not calculated with."""

    amount: Amount
    currency: Currency
    vendor: OptionalText = None
    model: OptionalText = None
    usage: LimitedMetadata | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_its_override(cls, record: object) -> object:
        if isinstance(record, dict) and record.get("type") == "usage":
            override = RecordIn.model_validate(record).cost_override
            if override is not None:
                return {**record, "amount": str(override.amount), "currency": override.currency}
        return record

    def cost(self, prices: Prices, *, at: datetime) -> Cost:
        del prices, at
        return Cost(self.amount, self.currency, vendor=self.vendor, model=self.model)

    def beside(self) -> dict[str, JsonValue]:
        return {**super().beside(), **({} if self.usage is None else {"usage": self.usage})}


class TokenUsageIn(Wire):
    """Each token once: neither cached nor cache-creation tokens are input tokens, reasoning tokens are output.

    One that says none is refused: by names that nobody knows a call would cost nothing, and nobody would look for it.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    input_tokens: WholeNumber | None = None
    output_tokens: WholeNumber | None = None
    cache_read_input_tokens: WholeNumber | None = None
    cache_creation_input_tokens: WholeNumber | None = None
    reasoning_output_tokens: WholeNumber | None = None

    @model_validator(mode="after")
    def _says_some(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"expected at least one of {', '.join(map(to_camel, type(self).model_fields))}")
        return self


Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class TokensIn(RecordedIn):
    """The tokens of a call: they cost what the list of prices says of the vendor's model at the record's time."""

    vendor: Name
    model: Name
    usage: TokenUsageIn

    def cost(self, prices: Prices, *, at: datetime) -> Cost:
        usage = TokenUsage(**self.usage.model_dump(exclude_none=True))
        priced = prices().price(self.vendor, self.model, usage, at=at)
        if priced is None:
            raise InvalidInput(
                f"model is {shown(self.model)!r} of the vendor {shown(self.vendor)!r}, "
                "expected a vendor and a model that the list of prices has, or costOverride beside the usage",
                code="UNKNOWN_MODEL",
            )
        return Cost(
            priced.amount, priced.currency, vendor=self.vendor, model=self.model, usage=usage, source=priced.source
        )


def _by_kind(record: object, _: ValidatorFunctionWrapHandler) -> CostIn | TokensIn:
    """Told apart alone and first: nobody wants to hear what a record of another kind has not."""
    told = RecordIn.model_validate(record)
    is_tokens = told.type == "usage" and told.cost_override is None
    return (TokensIn if is_tokens else CostIn).model_validate(record)


class BulkRequest(Wire):
    costs: Annotated[list[Annotated[CostIn | TokensIn, WrapValidator(_by_kind)]], Field(max_length=MAX_COSTS)]

    def entries(self, prices: Prices, *, received_at: datetime, request_id: str) -> list[Signal]:
        """A cost without a key gets one here, before the queue: a redelivered message is then a duplicate too.

        Raises InvalidInput, which names the first record that nobody knows the price of.
        """
        return list(self._entries(prices, received_at, request_id))

    def _entries(self, prices: Prices, received_at: datetime, request_id: str) -> Iterator[Signal]:
        for index, record in enumerate(self.costs):
            try:
                yield record.entry(prices, received_at=received_at, default_key=f"{request_id}:{index}")
            except InvalidInput as error:
                raise InvalidInput(f"costs[{index}].{error.sentence}", code=error.code) from None


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
