"""JSON whose fractions remember their digits, which a binary number of 53 bits changes or forgets."""

import json

from pydantic_core import from_json


class WrittenNumber(float):
    """A fraction as everybody else reads it; `text` is how it was written."""

    text: str

    def __new__(cls, text: str) -> "WrittenNumber":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text


def exact_json(content: bytes) -> object:
    """Raises ValueError for what is not JSON."""
    from_json(content, allow_inf_nan=False)  # the other parser takes NaN, half characters and any depth of brackets
    return json.loads(content, parse_float=WrittenNumber)
