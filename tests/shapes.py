"""The stored shape of each kind: its fields, their types, and which of them must be there. `python -m tests.shapes`."""

import json
from collections.abc import Iterator
from typing import Any

from functions.adapters.dynamodb.items import SCHEMAS
from tests.stored import MODELS, SHAPES

Json = dict[str, Any]

WORDS = {"title", "description"}
"""Of a shape, what is said about it and is none of it."""


def shape_of(kind: str) -> Json:
    """The number, and by model name the fields of the kind's model and of all that lies in it."""
    schema = MODELS[kind].model_json_schema()
    parts: Json = {**schema.pop("$defs", {}), kind: schema}
    return {"number": SCHEMAS.numbers[kind], "parts": {name: _bare(part) for name, part in sorted(parts.items())}}


def broken_by(before: Json, now: Json) -> list[str]:
    """What of a shape can no longer be read as it was, in words; nothing where its number is another."""
    if before["number"] != now["number"]:
        return []
    broken: list[str] = []
    for name, part in before["parts"].items():
        broken += _broken(name, part, now["parts"].get(name, {}))
    return broken


def unknown_in(kind: str, document: Any, shape: Json) -> Iterator[str]:
    """What of a document whoever knows only that shape of its kind refuses: fields, and words of a list."""
    return _unknown(document, shape["parts"][kind], shape["parts"], at=kind)


def _unknown(value: Any, part: Json, parts: Json, *, at: str) -> Iterator[str]:
    if "$ref" in part:
        yield from _unknown(value, parts[part["$ref"].rpartition("/")[2]], parts, at=at)
    elif "anyOf" in part:
        refused = [list(_unknown(value, each, parts, at=at)) for each in part["anyOf"]]
        yield from min(refused, key=len)
    elif value not in part.get("enum", [value]):
        yield f"{at}: {value!r}"
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _unknown_field(each, name, part, parts, at=f"{at}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            of_item = (part.get("prefixItems", [])[number : number + 1] or [part.get("items", {})])[0]
            yield from _unknown(each, of_item, parts, at=f"{at}[]")


def _unknown_field(value: Any, name: str, part: Json, parts: Json, *, at: str) -> Iterator[str]:
    of_field = part.get("properties", {}).get(name, part.get("additionalProperties", True))
    if of_field is False:
        yield at
    elif of_field is not True:
        yield from _unknown(value, of_field, parts, at=at)


def _broken(name: str, before: Json, now: Json) -> list[str]:
    gone = set(before.get("enum", ())) - set(now.get("enum", ()))
    missing = set(now.get("required", ())) - set(before.get("required", ()))
    fields, fields_now = before.get("properties", {}), now.get("properties", {})
    changed = [field for field, type_of in fields.items() if fields_now.get(field) != type_of]
    return [
        *(f"{name}: {value!r} is no value any more" for value in sorted(gone)),
        *(f"{name}.{field} is required, and older documents lack it" for field in sorted(missing)),
        *(f"{name}.{field} has another type, or is gone" for field in sorted(changed)),
    ]


def _bare(part: Any) -> Any:
    if isinstance(part, list):
        return [_bare(each) for each in part]
    if not isinstance(part, dict):
        return part
    fields = {
        name: {field: _bare(type_of) for field, type_of in value.items()} if name == "properties" else _bare(value)
        for name, value in part.items()
        if name not in WORDS
    }
    if "required" in fields:
        fields["required"] = sorted(fields["required"])
    return fields


def main() -> None:
    """Writes the shapes of today over those that are kept, unless a kept one is broken without a new number."""
    kept = json.loads(SHAPES.read_text(encoding="utf-8")) if SHAPES.exists() else {}
    shapes = {kind: shape_of(kind) for kind in sorted(MODELS)}
    broken = [line for kind in kept if kind in shapes for line in broken_by(kept[kind], shapes[kind])]
    if broken:
        raise SystemExit("\n".join(["raise the number of the kind, and add an upcaster:", *broken]))
    SHAPES.write_text(json.dumps(shapes, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
