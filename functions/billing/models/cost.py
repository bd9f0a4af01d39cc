"""What serving a customer has cost: recorded beside signals, in the same log, and so counted exactly once like them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import JsonValue

from functions.billing.money import COST_DIGITS

COST_EVENT = ""
"""The event name of a recorded cost. No signal has it: theirs have at least one character."""

MAX_KEY_CHARACTERS = 1024
"""Of an idempotency key, as its sender gives it."""

MAX_COST = Decimal(10**9)
"""Of one record, in major units: beyond it a sender has mistaken the unit."""


def cost_key(idempotency_key: str) -> str:
    """The key under which a cost stands in the log; longer than that of a signal may be, so that none is the same."""
    return "cost:".ljust(MAX_KEY_CHARACTERS + 1, "\0") + idempotency_key


@dataclass(frozen=True, slots=True)
class Cost:
    """A precomputed amount in major units of `currency`; `vendor` and `model` say for what it was paid."""

    amount: Decimal
    currency: str
    vendor: str | None = None
    model: str | None = None

    @property
    def quantity(self) -> int:
        """The amount as usage counts it: in whole 10^-12 major units."""
        return int(self.amount.scaleb(COST_DIGITS))

    def to_data(self) -> dict[str, JsonValue]:
        """What the log stores as the entry's data."""
        return {"amount": str(self.amount), "currency": self.currency, "vendor": self.vendor, "model": self.model}

    @classmethod
    def of(cls, data: Mapping[str, JsonValue]) -> "Cost":
        """Reads `to_data` back; what else stands in the data does not matter."""
        vendor, model = data.get("vendor"), data.get("model")
        return cls(
            amount=Decimal(str(data["amount"])),
            currency=str(data["currency"]),
            vendor=None if vendor is None else str(vendor),
            model=None if model is None else str(model),
        )
