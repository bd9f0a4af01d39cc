"""The stored shape of each kind: its fields, their types, and which of them must be there. `python -m tests.shapes`."""

import json
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
