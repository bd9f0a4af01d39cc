"""What an endpoint reads and answers, taken from its own code: a second list of it could go stale and lie."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

from pydantic import BaseModel

from functions.runtime.api import Binary, Endpoint

Model = type[BaseModel]


class UnreadableEndpointError(Exception):
    """An endpoint is written in a way that does not tell what it reads; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """The models that an endpoint parses, None for what it does not read, and the type that it returns.

    `content_type` is that of an answer which is not JSON.
    """

    query: Model | None
    body: Model | None
    answer: Any
    content_type: str | None


def shapes_of(endpoint: Endpoint) -> Shapes:
    """Raises UnreadableEndpointError where it parses two models of one kind, or one that it does not name."""
    if not isinstance(endpoint, FunctionType):
        raise UnreadableEndpointError(f"{endpoint} is no plain function: nothing tells what it reads")
    calls = list(_calls(endpoint, {endpoint}))
    returned = get_type_hints(endpoint, localns=_type_checking_names(inspect.getmodule(endpoint)))["return"]
    return Shapes(
        query=_only(endpoint, "query_as", calls),
        body=_only(endpoint, "body_as", calls),
        answer=returned,
        content_type=_content_type(endpoint, calls) if returned is Binary else None,
    )


@dataclass(frozen=True, slots=True)
class _Call:
    """A call in an endpoint, or in a function that it hands its request to, with the names known there."""

    name: str
    node: ast.Call
    names: Mapping[str, object]


def _calls(function: FunctionType, seen: set[FunctionType]) -> Iterator[_Call]:
    tree = ast.parse(dedent(inspect.getsource(function)))
    names = {**function.__globals__, **_imported(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = names.get(node.func.id) if isinstance(node.func, ast.Name) else None
        yield _Call(_name(node.func), node, names)
        if isinstance(called, FunctionType) and called not in seen and _hands_on(node):
            seen.add(called)
            yield from _calls(called, seen)


def _name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _hands_on(call: ast.Call) -> bool:
    return any(isinstance(argument, ast.Name) and argument.id == "request" for argument in call.args)


def _only(endpoint: FunctionType, method: str, calls: list[_Call]) -> Model | None:
    models = {_model(endpoint, call) for call in calls if call.name == method}
    if len(models) > 1:
        known = ", ".join(sorted(model.__name__ for model in models))
        raise UnreadableEndpointError(f"{endpoint.__qualname__} calls {method} with {known}, expected one of them")
    return models.pop() if models else None


def _model(endpoint: FunctionType, call: _Call) -> Model:
    argument = call.node.args[0] if call.node.args else None
    model = call.names.get(argument.id) if isinstance(argument, ast.Name) else None
    if isinstance(model, type) and issubclass(model, BaseModel):
        return model
    shown = ast.unparse(call.node)
    raise UnreadableEndpointError(f"{endpoint.__qualname__} has {shown}, expected a model by its name")


def _content_type(endpoint: FunctionType, calls: list[_Call]) -> str:
    for call in calls:
        match call.name, call.node.args:
            case "Binary", [_, ast.Constant(value=str(content_type)), *_]:
                return content_type
            case _:
                continue
    raise UnreadableEndpointError(f"{endpoint.__qualname__} answers with Binary, expected its type as a plain text")


def _imported(tree: ast.AST) -> dict[str, object]:
    """What the imports in a piece of code bind."""
    return {
        alias.asname or alias.name: _attribute(node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }


def _attribute(module: str, name: str) -> object:
    """A name of a module, or a module of a package."""
    package = import_module(module)
    return getattr(package, name) if hasattr(package, name) else import_module(f"{module}.{name}")


@cache
def _type_checking_names(module: ModuleType | None) -> dict[str, object]:
    """What a module imports for its annotations alone, so that no cold start pays for it."""
    tree = ast.parse(inspect.getsource(module)) if module is not None else ast.Module([], [])
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {name: value for block in blocks for name, value in _imported(block).items()}
