"""What a cost amounts to, on the wire: in major units, whether a request of costs says it or a signal's data."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from functions.billing.models.cost import MAX_COST
from functions.billing.money import COST_DIGITS, EXACT
from functions.runtime.exact_json import WrittenNumber

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_SMALLEST = Decimal(1).scaleb(-COST_DIGITS)


def _written(value: object) -> str:
    """The digits of a number, or of a text that is one: a text keeps them on the way through any client."""
    match value:
        case WrittenNumber(text=str(text)) | str(text) if _NUMBER.fullmatch(text):
            return text
        case int() if not isinstance(value, bool):
            return str(value)
        case float() if not isinstance(value, WrittenNumber):
            return repr(value)
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
