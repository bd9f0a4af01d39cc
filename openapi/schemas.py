"""The models of requests and answers as JSON schemas, under names that a reader of the document understands."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core.core_schema import IncExDictSerSchema, IncExSeqSerSchema, ModelSchema, SerSchema

from functions.runtime.wire import Creation, Paging, Sparse

Json = dict[str, Any]
Used = tuple[type[BaseModel], JsonSchemaMode]
"""A model, and whether it is read ("validation") or answered ("serialization")."""

REFERENCE = "#/components/schemas/"


class _Plain(GenerateJsonSchema):
    """Without titles, which repeat the names of the fields, and with those defaults alone that a caller gets.

    In an update what is left out stays as it is, and an empty default stands for nothing.
    """

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False

    def model_schema(self, schema: ModelSchema) -> Json:
        described = super().model_schema(schema)
        has_defaults = issubclass(schema["cls"], Creation | Paging)
        for field in described.get("properties", {}).values():
            if not has_defaults or field.get("default") in _NOTHING:
                field.pop("default", None)
        if issubclass(schema["cls"], Sparse):
            _left_out_when_null(described)
        return described

    def ser_schema(self, schema: "SerSchema | IncExSeqSerSchema | IncExDictSerSchema") -> Json | None:
        """A serializer around a whole model leaves fields out and changes none."""
        return None if schema["type"] == "function-wrap" else super().ser_schema(schema)


def _left_out_when_null(described: Json) -> None:
    for name, field in described["properties"].items():
        if {"type": "null"} in field.get("anyOf", []):
            described["required"].remove(name)


_NOTHING: tuple[object, ...] = (None, "", [], ())


class Schemas:
    """The schemas of some models, those that they refer to among them."""

    def __init__(self, used: Iterable[Used]) -> None:
        found, all_of_them = models_json_schema(
            sorted(set(used), key=lambda each: (each[0].__module__, each[0].__qualname__, each[1])),
            ref_template=REFERENCE + "{model}",
            schema_generator=_Plain,
        )
        definitions = all_of_them.get("$defs", {})
        names = _plain_names(definitions)
        self._references = {each: _renamed(schema, names) for each, schema in found.items()}
        self.definitions: Json = {
            names[name]: _renamed(_without_title(schema), names) for name, schema in definitions.items()
        }

    def reference(self, model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        return dict(self._references[model, mode])

    def taken_apart(self, model: type[BaseModel]) -> Json:
        """The schema of a model whose fields become parameters."""
        schema: Json = self.definitions[self._name(model)]
        return schema

    def definitions_without(self, models: Iterable[type[BaseModel]]) -> Json:
        """Those that are referred to: not the ones that were taken apart."""
        left_out = {self._name(model) for model in models}
        return {name: schema for name, schema in sorted(self.definitions.items()) if name not in left_out}

    def _name(self, model: type[BaseModel]) -> str:
        return str(self._references[model, "validation"]["$ref"]).removeprefix(REFERENCE)


_BOUNDS = {"ge": "minimum", "le": "maximum"}
"""What pydantic leaves in its own words where a validator of ours stands before the bound."""


def _plain_names(definitions: Mapping[str, Any]) -> dict[str, str]:
    """`functions__costs__schemas__BulkRequest` as `CostsBulkRequest`, `Listing_OrderOut_` as `OrderOutListing`."""
    names = {name: _plain_name(name) for name in definitions}
    if len(set(names.values())) < len(names):
        raise ValueError(f"two models have one name among {sorted(names.values())}")
    return names


def _plain_name(name: str) -> str:
    name = re.sub(r"^functions__(?:runtime__)?([a-z_]+?)(?:_wire)?__(?:\w+__)?(?=[A-Z])", _pascal, name)
    name = re.sub(r"^Listing_(\w+)_$", r"\1Listing", name)
    return name.replace("-Input", "In").replace("-Output", "Out").replace("OutOut", "Out")


def _pascal(found: re.Match[str]) -> str:
    return "".join(word.capitalize() for word in found.group(1).split("_"))


def _without_title(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "title"}


def _renamed(schema: Json, names: Mapping[str, str]) -> Json:
    return {_BOUNDS.get(key, key): _renamed_value(key, value, names) for key, value in schema.items()}


def _renamed_value(key: str, value: object, names: Mapping[str, str]) -> object:
    match value:
        case str() if key == "$ref":
            return REFERENCE + names[value.removeprefix(REFERENCE)]
        case dict():
            return _renamed(value, names)
        case list():
            return [_renamed_value("", each, names) for each in value]
        case _:
            return value
