"""Pydantic's findings as sentences that name the field, the value and what was expected (law 7)."""

import json
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_SHOWN_CHARACTERS = 60
_SHOWN_DETAILS = 20
"""A body may be wrong in a hundred thousand places; an answer may not be that long."""

_TYPE_OF_INTENT = 2
"""`intents`, its position, and its type, by which pydantic chose the model."""

_EXPECTED = {
    "string_type": "expected a text",
    **dict.fromkeys(("bool_type", "bool_parsing"), "expected true or false"),
    **dict.fromkeys(("list_type", "tuple_type"), "expected a list"),
    **dict.fromkeys(("int_type", "int_from_float", "int_parsing"), "expected a whole number"),
}

_OPENINGS = {
    "Input should be greater than or equal to ": "expected at least ",
    "Input should be less than or equal to ": "expected at most ",
    "Input should be ": "expected ",
    "Input should have ": "expected ",
    "String should have ": "expected a text with ",
    "String should ": "expected a text that should ",
    "List should have ": "expected a list with ",
    "Tuple should have ": "expected a list with ",
}


def sentence_of(error: ValidationError, *, whole: str = "the body") -> tuple[str, str | None]:
    """The first finding as a sentence, and others, if any, as details; `whole` names what has no field name."""
    shown = error.errors(include_url=False)[: 1 + _SHOWN_DETAILS]
    first, *others = [_sentence(details, whole) for details in shown]
    left_out = error.error_count() - len(shown)
    if left_out:
        others.append(f"and {left_out} more")
    return first, "; ".join(others) or None


def index_of(error: ValidationError, field: str) -> int | None:
    """The position in the list of that name that its first finding is about; None where it is about something else."""
    match error.errors(include_url=False)[0]["loc"]:
        case (name, int(index), *_) if name == field:
            return index
        case _:
            return None


def rule_of(error: ValidationError) -> str:
    """The rule of the core that its first finding broke, for a sentence that names the path itself."""
    return _message(error.errors(include_url=False)[0])


def _sentence(details: ErrorDetails, whole: str) -> str:
    message = _message(details)
    field = _path(details["loc"]) or whole
    if details["type"] == "missing":
        return f"{field} is missing"
    if details["type"] in {"model_type", "dict_type"}:
        return f"{field} is {_shown(details['input'])}, expected an object"
    if details["type"] == "too_long":
        bounds = details.get("ctx", {})
        return f"{field} has {bounds['actual_length']:,} items, expected at most {bounds['max_length']:,}"
    if details["type"] == "value_error" and isinstance(details["input"], dict):
        return f"{field}: {message}"
    return f"{field} is {_shown(details['input'])}: {_EXPECTED.get(details['type']) or _expected(message)}"


def _message(details: ErrorDetails) -> str:
    return details["msg"].removeprefix("Value error, ")


def _path(location: Sequence[int | str]) -> str:
    """`productAttributes[0].pricing` for a path of names and positions; empty for the whole.

    The type of an intent of an amendment stands there too, where nobody has sent a field of that name.
    """
    path = ""
    for place, part in enumerate(location):
        if place == _TYPE_OF_INTENT and location[0] == "intents":
            continue
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def _shown(value: object) -> str:
    """As JSON writes it where Python differs in its words."""
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _expected(message: str) -> str:
    """`Input should be 'draft' or 'active'` as `expected 'draft' or 'active'`; others begin in lower case."""
    for opening, ours in _OPENINGS.items():
        if message.startswith(opening):
            return ours + message.removeprefix(opening).partition(" after validation")[0]
    return message[:1].lower() + message[1:]
