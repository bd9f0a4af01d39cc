"""The OpenAPI document of all API functions, made from the routes that their handlers declare."""

import json
from importlib import import_module
from pathlib import Path

from functions.runtime.api import Api, Route
from infra.resources import FUNCTIONS
from openapi.operations import Operation, error_schema, refusals
from openapi.schemas import Json, Schemas

FILE = Path(__file__).parent.parent / "functions" / "health" / "openapi.json"
"""Committed, and what `GET /openapi.json` answers: one function cannot load all handlers to describe them."""

COMMAND = "make openapi"

_WIDTH = 120


def document() -> Json:
    operations = [Operation.of(route) for route in _routes()]
    schemas = Schemas(used for operation in operations for used in operation.models)
    paths: Json = {}
    for operation in operations:
        described = operation.described(schemas)
        paths.setdefault(operation.route.path, {})[operation.route.method.lower()] = described
    queries = {operation.shapes.query for operation in operations if operation.shapes.query}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Owed",
            "version": "2",
            "description": "Billing for AI agents. Prices and invoices are in minor units (11200 is 112.00 USD); "
            "fields that nobody declared are ignored; in the body of a create, null means not given.",
        },
        "security": [],
        "paths": paths,
        "components": {
            "schemas": {"Error": error_schema(), **schemas.definitions_without(queries)},
            "responses": refusals(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key: `owed_<live|test>_...`."}
            },
        },
    }


def text() -> str:
    """The document as it is committed: what fits on a line stands on one."""
    return _written(document(), indent=0) + "\n"


def _routes() -> list[Route]:
    """In the order of the functions; of one function by path, and then as it declares them."""
    modules = [import_module(f"functions.{function.name}.handler") for function in FUNCTIONS]
    apis = [module.api for module in modules if isinstance(getattr(module, "api", None), Api)]
    return [route for api in apis for route in sorted(api.routes, key=lambda route: route.path)]


def _written(value: object, *, indent: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (indent + 1)
    if isinstance(value, list):
        items = [inner + _written(item, indent=indent + 1) for item in value]
        return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"
    items = [f"{inner}{json.dumps(name)}: {_written(item, indent=indent + 1)}" for name, item in value.items()]
    return "{\n" + ",\n".join(items) + "\n" + " " * indent + "}"
