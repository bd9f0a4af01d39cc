"""What serving a customer has cost: recorded beside signals, in the same log, and so counted exactly once like them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field, JsonValue

from functions.billing.models.entity import Value, unwritten
from functions.billing.money import COST_DIGITS

COST_EVENT = ""
"""The event name of a recorded cost. No signal has it: theirs have at least one character."""

MAX_KEY_CHARACTERS = 1024
"""Of an idempotency key, as its sender gives it."""

MAX_COST = Decimal(10**9)
"""Of one record, in major units: beyond it a sender has mistaken the unit."""

_CALCULATED = frozenset({"amount", "currency", "priced_by", "is_unpriced", "other_models"})

Tokens = Annotated[int, Field(ge=0, le=10**12)]


def cost_key(idempotency_key: str) -> str:
    """The key under which a cost stands in the log; longer than that of a signal may be, so that none is the same."""
    return "cost:".ljust(MAX_KEY_CHARACTERS + 1, "\0") + idempotency_key


def signal_cost_key(idempotency_key: str) -> str:
    """The key of what a signal cost, made of the signal's own: no cost could be sent by it."""
    return "cost of signal:".ljust(MAX_KEY_CHARACTERS + 1, "\0") + idempotency_key


def reprice_key(cost_id: str) -> str:
    """The key of the price that a cost got later, made of the place in the log where that cost lies."""
    return "price of:".ljust(MAX_KEY_CHARACTERS + 1, "\0") + cost_id


def is_later_price(event_name: str, data: Mapping[str, JsonValue] | None) -> bool:
    """Whether the entry prices an unpriced cost of the log."""
    return event_name == COST_EVENT and "prices" in (data or {})


def as_sent(data: Mapping[str, JsonValue] | None) -> Mapping[str, JsonValue] | None:
    """Of a cost's data what its sender said: a list of prices that says otherwise later makes no other cost of it."""
    if data is None or not ("priced_by" in data or "is_unpriced" in data):
        return data
    return {name: value for name, value in data.items() if name not in _CALCULATED}


class TokenUsage(Value):
    """The tokens of one call of a model, each counted once (contract 3.3 and `TokenUsage`).

    `input_tokens` are those that no cache was read or written for, and `output_tokens` are all that were generated:
    `reasoning_output_tokens` are among them. Those of sound are among the input and the output tokens.
    """

    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cache_read_input_tokens: Tokens = 0
    cache_creation_input_tokens: Tokens = 0
    reasoning_output_tokens: Tokens = 0
    audio_input_tokens: Tokens = unwritten(0)
    audio_output_tokens: Tokens = unwritten(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """What a call of a model has cost, in major units; `source` names the list of prices, with its version."""

    amount: Decimal
    currency: str
    source: str


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount in major units of `currency`; `vendor` and `model` say for what it was paid.

    `usage` is what was calculated with, `source` the list of prices that it was priced by; None where the sender said
    the amount. A cost whose model no list has `is_unpriced`: its amount is zero until somebody has it priced again, by
    the name of its model or one of the `other_models`: that which answered may be called otherwise than that asked for.
    """

    amount: Decimal
    currency: str
    vendor: str | None = None
    model: str | None = None
    usage: TokenUsage | None = None
    source: str | None = None
    is_unpriced: bool = False
    other_models: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """In the order in which a list is asked for them."""
        return self.other_models if self.model is None else (self.model, *self.other_models)

    @property
    def quantity(self) -> int:
        """The amount as usage counts it: in whole 10^-12 major units."""
        return int(self.amount.scaleb(COST_DIGITS))

    def to_data(self) -> dict[str, JsonValue]:
        """What the log stores as the entry's data; what the release before does not know stands beside it."""
        data: dict[str, JsonValue] = {
            "amount": str(self.amount),
            "currency": self.currency,
            "vendor": self.vendor,
            "model": self.model,
        }
        if self.usage is not None:
            data["usage"] = self.usage.model_dump()
        if self.source is not None:
            data["priced_by"] = self.source
        if self.is_unpriced:
            data["is_unpriced"] = True
        if self.other_models:
            data["other_models"] = list(self.other_models)
        return data

    @classmethod
    def of(cls, data: Mapping[str, JsonValue]) -> "Cost":
        """Reads `to_data` back, but for the usage, which is the sender's where the amount is."""
        vendor, model, source = data.get("vendor"), data.get("model"), data.get("priced_by")
        others = data.get("other_models")
        return cls(
            amount=Decimal(str(data["amount"])),
            currency=str(data["currency"]),
            vendor=None if vendor is None else str(vendor),
            model=None if model is None else str(model),
            source=None if source is None else str(source),
            is_unpriced=data.get("is_unpriced") is True,
            other_models=tuple(map(str, others)) if isinstance(others, list) else (),
        )
