"""Pydantic's findings as sentences that name the field, the value and what was expected (law 7)."""

import json
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_SHOWN_CHARACTERS = 60

_OPENINGS = {
    "Input should be ": "expected to be ",
    "Input should have ": "expected to have ",
    "String should have ": "expected a text with ",
    "String should ": "expected a text that should ",
    "List should have ": "expected a list with ",
    "Tuple should have ": "expected a list with ",
}


def sentence_of(error: ValidationError) -> tuple[str, str | None]:
    """The first finding as a sentence, and the others, if any, as details."""
    first, *others = [_sentence(details) for details in error.errors(include_url=False)]
    return first, "; ".join(others) or None


def rule_of(error: ValidationError) -> str:
    """The rule of the core that its first finding broke, for a sentence that names the path itself."""
    return _message(error.errors(include_url=False)[0])


def _sentence(details: ErrorDetails) -> str:
    message = _message(details)
    if details["type"] == "json_invalid":
        return f"the body is not valid JSON: {message.removeprefix('Invalid JSON: ')}"
    field = _path(details["loc"])
    if details["type"] == "missing":
        return f"{field} is missing"
    if details["type"] == "model_type":
        return f"{field} is {_shown(details['input'])}, expected an object"
    if details["type"] == "value_error" and isinstance(details["input"], dict):
        return f"{field}: {message}"
    return f"{field} is {_shown(details['input'])}: {_expected(message)}"


def _message(details: ErrorDetails) -> str:
    return details["msg"].removeprefix("Value error, ")


def _path(location: Sequence[int | str]) -> str:
    """`productAttributes[0].pricing` for a path of names and positions; the whole is called the body."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path or "the body"


def _shown(value: object) -> str:
    """As JSON writes it where Python differs in its words."""
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _expected(message: str) -> str:
    """`Input should be greater than 0` as `expected to be greater than 0`; other messages begin in lower case."""
    for opening, ours in _OPENINGS.items():
        if message.startswith(opening):
            return ours + message.removeprefix(opening).partition(" after validation")[0]
    return message[:1].lower() + message[1:]
