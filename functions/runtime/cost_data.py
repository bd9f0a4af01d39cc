"""`data.costData` of a signal (contract 3.2): what it cost, which is recorded beside it as a cost of its own.

A cost is an entry of the log with a key made of its signal's, and travels in the same message: both come or neither,
and once. It arose at `start_time`, or else when the signal happened.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AliasChoices, Field, JsonValue, StringConstraints, ValidationError, model_validator

from functions.billing.errors import InvalidInput
from functions.billing.models.cost import COST_EVENT, Cost, TokenUsage, signal_cost_key
from functions.billing.models.segment import hash_key
from functions.billing.models.sender import Sender
from functions.billing.models.signal import Signal
from functions.billing.ports import TokenPrices
from functions.billing.telemetry import attributes as names
from functions.billing.telemetry.attributes import texts_of
from functions.billing.telemetry.tokens import tokens_of
from functions.runtime.cost_amounts import Amount
from functions.runtime.fields import Currency
from functions.runtime.sentences import sentence_of
from functions.runtime.wire import Moment, OptionalText, Wire

_UNPRICED_CURRENCY = "USD"
"""Of zero, which is the same in all of them."""


class OwnCostIn(Wire):
    amount: Amount
    currency: Currency


class CostDataIn(Wire):
    """A cost of the sender's own, or the tokens of a call as the clients' attributes count them; not neither."""

    vendor: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    cost: OwnCostIn | None = None
    attributes: dict[str, JsonValue] | None = None
    model: OptionalText = Field(default=None, validation_alias="gen_ai.response.model")
    start_time: Moment | None = Field(default=None, validation_alias=AliasChoices("start_time", "startTime"))

    @model_validator(mode="after")
    def _says_what_it_cost(self) -> Self:
        if self.cost is None and self.attributes is None:
            raise ValueError("expected cost, or attributes with the tokens of a call")
        return self


class _DataIn(Wire):
    cost_data: CostDataIn


class _SignalIn(Wire):
    """As much of a signal as names the path of a mistake."""

    data: _DataIn


def cost_beside(sender: Sender, signal: Signal, prices: Callable[[], TokenPrices]) -> Signal | None:
    """What the signal says that it cost, as an entry of the log; None if it says nothing. Raises InvalidInput.

    `prices` are loaded where it says tokens.
    """
    raw = None if signal.data is None else signal.data.get("costData")
    if raw is None:
        return None
    try:
        cost_data = _SignalIn.model_validate({"data": {"costData": raw}}).data.cost_data
    except ValidationError as error:
        sentence, _ = sentence_of(error)
        raise InvalidInput(sentence) from None
    if cost_data.start_time is not None:
        sender.check_moment(cost_data.start_time, field="data.costData.start_time")
    occurred_at = cost_data.start_time or signal.occurred_at
    cost = _own(cost_data) or _calculated(cost_data, prices, at=occurred_at)
    return signal.model_copy(
        update={
            "event_name": COST_EVENT,
            "occurred_at": occurred_at,
            "has_own_time": signal.has_own_time or cost_data.start_time is not None,
            "data": {**cost.to_data(), "signal_key": hash_key(signal.idempotency_key).hex()},
            "idempotency_key": signal_cost_key(signal.idempotency_key),
        }
    )


def _own(cost_data: CostDataIn) -> Cost | None:
    own = cost_data.cost
    return None if own is None else Cost(own.amount, own.currency, vendor=cost_data.vendor, model=cost_data.model)


def _calculated(cost_data: CostDataIn, prices: Callable[[], TokenPrices], *, at: datetime) -> Cost:
    """Raises InvalidInput."""
    vendor = cost_data.vendor
    try:
        models, usage = _call(cost_data.attributes or {}, vendor)
    except InvalidInput as error:
        raise InvalidInput(f"data.costData.attributes.{error.sentence}") from None
    if not models and cost_data.model is not None:
        models = (cost_data.model,)
    if not models:
        raise InvalidInput("data.costData.attributes.gen_ai.response.model is missing")
    for model in models:
        priced = prices().price(vendor, model, usage, at=at)
        if priced is not None:
            return Cost(priced.amount, priced.currency, vendor=vendor, model=model, usage=usage, source=priced.source)
    first, *others = models
    return Cost(
        Decimal(0),
        _UNPRICED_CURRENCY,
        vendor=vendor,
        model=first,
        usage=usage,
        is_unpriced=True,
        other_models=tuple(others),
    )


def _call(attributes: Mapping[str, JsonValue], vendor: str) -> tuple[tuple[str, ...], TokenUsage]:
    """The names of the model and the tokens. Raises InvalidInput, which names the attribute."""
    usage = tokens_of(attributes, vendor)
    if usage is None:
        raise InvalidInput("gen_ai.usage.input_tokens is missing, and so is gen_ai.usage.output_tokens")
    return texts_of(attributes, names.MODEL), usage
