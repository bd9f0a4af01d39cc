"""Holds a JSON answer against the published client's own types, and takes them at their word.

The client reads what it gets generously: "5" passes for an integer, a naive date for an instant, any text for an enum,
and a wrong model becomes another variant. That it does not raise proves little. Here nothing is converted.
"""

import math
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

Json = Any


def violations(shape: Any, value: Json, path: str = "answer") -> list[str]:
    """What of `value` is not as `shape`, an annotation of the client, says. Fields that nobody declared are allowed."""
    return list(_check(shape, value, path))


def left_out(shape: Any, value: Json, path: str = "answer") -> list[str]:
    """The declared fields that an answer does not have, optional ones too."""
    return list(_absent(shape, value, path))


def _check(shape: Any, value: Json, path: str) -> Iterator[str]:
    shape = _plain(shape)
    if shape is Any:
        return
    if shape in _SCALARS:
        yield from _check_scalar(shape, value, path)
    elif _is_model(shape):
        yield from _check_model(shape, value, path)
    elif get_origin(shape) in _CHECKS:
        yield from _CHECKS[get_origin(shape)](shape, value, path)
    else:
        raise TypeError(f"{path}: the client declares {shape!r}, a kind of type that this module does not know yet")


def _check_scalar(shape: Any, value: Json, path: str) -> Iterator[str]:
    name, is_right = _SCALARS[shape]
    if not is_right(value):
        yield f"{path} is {value!r}, expected {name}"


def _check_model(model: type[BaseModel], value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is {value!r}, expected an object ({model.__name__})"
        return
    for name, (required, shape) in fields_of(model).items():
        if name in value:
            yield from _check(shape, value[name], f"{path}.{name}")
        elif required:
            yield f"{path}.{name} is missing"


def _check_union(shape: Any, value: Json, path: str) -> Iterator[str]:
    """An open enum is a union of its values with Any: here only the values count."""
    variants = get_args(shape)
    if any(get_origin(variant) is Literal for variant in variants):
        variants = tuple(variant for variant in variants if variant is not Any)
    found = [list(_check(variant, value, path)) for variant in variants]
    if not any(violated == [] for violated in found):
        yield from min(found, key=len)


def _check_literal(shape: Any, value: Json, path: str) -> Iterator[str]:
    if value not in get_args(shape):
        yield f"{path} is {value!r}, expected one of {', '.join(map(repr, get_args(shape)))}"


def _check_list(shape: Any, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path} is {value!r}, expected a list"
        return
    for index, item in enumerate(value):
        yield from _check(get_args(shape)[0], item, f"{path}[{index}]")


def _check_dict(shape: Any, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is {value!r}, expected an object"
        return
    for name, item in value.items():
        yield from _check(get_args(shape)[1], item, f"{path}.{name}")


def _absent(shape: Any, value: Json, path: str) -> Iterator[str]:
    shape = _plain(shape)
    if get_origin(shape) in {Union, types.UnionType}:
        for variant in get_args(shape):
            yield from _absent(variant, value, path)
    elif get_origin(shape) is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _absent(get_args(shape)[0], item, f"{path}[{index}]")
    elif _is_model(shape) and isinstance(value, dict):
        for name, (_, inner) in fields_of(shape).items():
            if name in value:
                yield from _absent(inner, value[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"


def fields_of(model: type[BaseModel]) -> Mapping[str, tuple[bool, Any]]:
    """The fields by their names on the wire: whether an answer must have them, and their shape."""
    return {field.alias or name: (field.is_required(), field.annotation) for name, field in model.model_fields.items()}


def _plain(shape: Any) -> Any:
    return _plain(get_args(shape)[0]) if get_origin(shape) is Annotated else shape


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_moment(value: Json) -> bool:
    try:
        return isinstance(value, str) and "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_SCALARS: Mapping[Any, tuple[str, Callable[[Json], bool]]] = {
    str: ("a text", lambda value: isinstance(value, str)),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: ("a number", _is_number),
    datetime: ("a date-time with a zone", _is_moment),
    type(None): ("null", lambda value: value is None),
}

_CHECKS: Mapping[Any, Callable[[Any, Json, str], Iterator[str]]] = {
    Literal: _check_literal,
    Union: _check_union,
    types.UnionType: _check_union,
    list: _check_list,
    dict: _check_dict,
}
