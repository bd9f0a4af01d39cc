"""The fields by which a request may name somebody's things, read from the description that the routes generate.

So a field that is new tomorrow is asked about tomorrow: `customerId`, `lines[].productId`, `signals[].idempotencyKey`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from functions.health.document import openapi_document
from tests.functions.routes import Known

_NAMES_A_THING = re.compile(r"(?:^|\.)\w*(?:[iI]d|[iI]ds|[kK]ey|alias)(?:\[\])?$")


def id_fields(route: Known) -> set[str]:
    """In the query and the body of a route; `[]` follows the name of a list."""
    operation = _document()["paths"][route.path][route.method.lower()]
    parameters = [_resolved(each) for each in operation.get("parameters", [])]
    fields = {each["name"] for each in parameters if each["in"] == "query"}
    for content in _resolved(operation.get("requestBody", {})).get("content", {}).values():
        fields |= set(_fields(content["schema"]))
    return {field for field in fields if _NAMES_A_THING.search(field)}


def named_in(value: object, path: str = "") -> Iterator[str]:
    """The paths of all fields of a query or a body, written as `id_fields` does."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from named_in(inner, f"{path}.{name}".lstrip("."))
        case list():
            yield path
            for inner in value:
                yield from named_in(inner, f"{path}[]")
        case _:
            yield path


def _fields(schema: Mapping[str, Any], path: str = "", above: frozenset[str] = frozenset()) -> Iterator[str]:
    """`above` are the named schemas that this one lies in: one that holds itself is read once."""
    name = schema.get("$ref", "")
    if name in above:
        return
    above, schema = above | {name} if name else above, _resolved(schema)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _fields(choice, path, above)
    if isinstance(schema.get("items"), dict):
        yield from _fields(schema["items"], f"{path}[]", above)
    for field, inner in schema.get("properties", {}).items():
        inside = f"{path}.{field}".lstrip(".")
        yield inside
        yield from _fields(inner, inside, above)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while (reference := schema.get("$ref")) is not None:
        schema = _document()
        for part in reference.removeprefix("#/").split("/"):
            schema = schema[part]
    return schema


@cache
def _document() -> Any:
    return json.loads(openapi_document().content)
