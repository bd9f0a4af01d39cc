"""The fields of requests that have rules of their own."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, Strict, StringConstraints, WithJsonSchema
from pydantic_core import to_json

from functions.billing.errors import InvalidInput
from functions.billing.models.entity import Metadata
from functions.billing.money import minor_digits
from functions.runtime.wire import Text

MAX_METADATA_BYTES = 16_384

Flag = Annotated[bool, Strict()]
"""true or false, and nothing that merely looks like one."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""One of our ids in a body."""


def _whole(value: object) -> object:
    """Clients whose numbers are all of one kind send 10.0 for 10; texts and truth values are mistakes."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("expected a whole number")


Whole = Annotated[int, BeforeValidator(_whole)]

WholeNumber = Annotated[Whole, Field(ge=0, le=10**12)]
"""A quantity, or an amount of minor units."""


_SMALLEST_STEP = Decimal("0.000001")


def _exact(at_most: int) -> BeforeValidator:
    """Reads the number as it was typed: up to 10^9 a double names each of six decimals, and prints it again."""

    def read(value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("expected a number")  # noqa: TRY004 - pydantic lets a TypeError through
        if not 0 <= value <= at_most:
            raise ValueError(f"expected a number from 0 to {at_most}")
        exact = Decimal(int(value)) if value == int(value) else Decimal(str(value))
        if exact % _SMALLEST_STEP:
            raise ValueError("expected at most 6 decimals")
        return exact

    return BeforeValidator(read)


def _exact_schema(at_most: int, example: float) -> WithJsonSchema:
    schema = {"type": "number", "minimum": 0, "maximum": at_most}
    return WithJsonSchema({**schema, "description": "At most 6 decimals.", "examples": [example]}, mode="validation")


_MAX_FACTOR, _MAX_CREDITS = 1000, 10**9

Factor = Annotated[Decimal, _exact(_MAX_FACTOR), _exact_schema(_MAX_FACTOR, 1.25)]
"""What other amounts are multiplied by."""

Credits = Annotated[Decimal, _exact(_MAX_CREDITS), _exact_schema(_MAX_CREDITS, 2.5)]
"""An amount of credits."""


def _known(currency: str) -> str:
    try:
        minor_digits(currency)
    except InvalidInput:
        raise ValueError("expected an ISO 4217 code in capitals such as USD") from None
    return currency


Currency = Annotated[
    str, AfterValidator(_known), Field(json_schema_extra={"pattern": "^[A-Z]{3}$", "examples": ["USD"]})
]


def _known_in_any_case(currency: str) -> str:
    """Refused as it was sent."""
    return _known(currency.upper())


AnyCaseCurrency = Annotated[
    str,
    AfterValidator(_known_in_any_case),
    Field(json_schema_extra={"pattern": "^[A-Za-z]{3}$", "examples": ["USD"]}),
]
"""As the listing of invoices takes it."""


def _address(email: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise ValueError("expected an email address such as ada@example.com")
    return email


def _address_if_any(email: str) -> str:
    return email and _address(email)


Email = Annotated[
    str,
    StringConstraints(max_length=255),
    AfterValidator(_address),
    Field(json_schema_extra={"pattern": r"^[^@\s]+@[^@\s]+$", "examples": ["ada@example.com"]}),
]

EmailText = Annotated[Text, AfterValidator(_address_if_any)]
"""An email address that the contract requires in answers: empty while unset, and cleared by null."""


def check_numbers(value: Metadata) -> None:
    """1e400 is read as infinity, which JSON does not know: it would be shown as null. Raises ValueError."""
    if to_json(value, inf_nan_mode="null") != to_json(value, inf_nan_mode="constants"):
        raise ValueError("expected numbers of at most 1.8e308")


def _within_limit(metadata: Metadata) -> Metadata:
    check_numbers(metadata)
    size = len(to_json(metadata))
    if size > MAX_METADATA_BYTES:
        raise ValueError(f"expected at most {MAX_METADATA_BYTES} bytes of JSON, it has {size}")
    return metadata


LimitedMetadata = Annotated[
    Metadata,
    AfterValidator(_within_limit),
    Field(json_schema_extra={"description": f"At most {MAX_METADATA_BYTES} bytes of JSON."}),
]
"""The caller's own JSON; an answer lists a thousand things, each with its own."""
