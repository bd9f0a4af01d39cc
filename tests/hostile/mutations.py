"""One thing wrong with a good body: a value of another kind or size, a key too many or too few, or given twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]

TEXTS = (
    "",
    " ",
    "\u00a0",
    "\u0000",
    "a\u0000b",
    "\u001b[31mred",
    "line\nbreak\ttab",
    "\u007f\u0085",
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "\u200b",
    "\ufeff",
    "e\u0301" * 30,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\U0010ffff",
    "\ufffe",
    "٣",
    "x" * 255,
    "x" * 256,
    "x" * 64_000,
    "é" * 255,
    "../../etc/passwd",
    "a#b",
    "a/b?c=d%00",
    "<script>alert(1)</script>",
    "'; DROP TABLE records; --",
    "{{7*7}} #eval() $x$",
    "__proto__",
    "nobody",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "1e-400",
    "1e999999999",
    "9" * 400,
    "0." + "0" * 399 + "1",
    "NaN",
    "Infinity",
    "USD",
    "usd",
    "XXX",
    "XAU",
    "ZZZ",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2199-12-31T23:59:59-23:59",
    "1970-01-01T00:00:00+23:59",
    "2016-12-31T23:59:60Z",
    "2025-02-29T00:00:00Z",
    "2025-06-01",
    "2025-06-01T24:00:00Z",
    "2025-06-01T00:00:00",
    "2025-W23-1T00:00:00Z",
    "1748736000",
)
RAW = (
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\ud83d"',
    "null",
    "true",
    "false",
    "0",
    "-0.0",
    "-1",
    "0.1",
    "1e-400",
    "1e400",
    "-1e400",
    "1e18",
    "1.7976931348623157e308",
    "9223372036854775808",
    "9" * 400,
    "9" * 5000,
    "1000000000001",
    "NaN",
    "Infinity",
    "-Infinity",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    '{"": 0}',
    '{"a": {"a": {"a": null}}}',
    "[" * 100 + "]" * 100,
    "[" * 100_000 + "]" * 100_000,
    "[" + ",".join(["{}"] * 10_000) + "]",
    "{" + ",".join(f'"k{number}": {number}' for number in range(2_000)) + "}",
)
VALUES = tuple(json.dumps(text) for text in TEXTS) + RAW
"""As JSON writes them, or as it does not."""


@dataclass(frozen=True)
class Mutation:
    """A body as it is sent, the place where it is wrong, and how."""

    place: Place
    how: str
    content: bytes

    def is_named_in(self, words: str) -> bool:
        """Whether a sentence tells the place, or one around it, or that the whole is no JSON."""
        names = [str(part) for part in self.place if isinstance(part, str)]
        return "the body" in words or any(name in words for name in names)

    def __repr__(self) -> str:
        return f"{self.how} at {self.place}"


def mutations(body: dict[str, Any]) -> st.SearchStrategy[Mutation]:
    return st.sampled_from([place for place in _places(body, ()) if place]).flatmap(
        lambda place: st.one_of(
            st.sampled_from(VALUES).map(lambda value: _replaced(body, place, value)),
            st.sampled_from(["left out", "unknown beside", "twice", "name in capitals"]).map(
                lambda how: _with_key(body, place, how)
            ),
        )
    )


def _places(value: object, place: Place) -> Iterator[Place]:
    yield place
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, (*place, name))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*place, index))


def _replaced(body: dict[str, Any], place: Place, value: str) -> Mutation:
    return Mutation(
        place, f"{value[:40]} ({len(value)} characters)", _written(body, {place: value}, place, "").encode()
    )


def _with_key(body: dict[str, Any], place: Place, how: str) -> Mutation:
    return Mutation(place, how, _written(body, {}, place, how).encode())


def _written(value: Any, values: dict[Place, str], at: Place, how: str, place: Place = ()) -> str:
    """JSON in which some values stand as they are given, and one place is treated as `how` says."""
    if place in values:
        return values[place]
    if isinstance(value, dict):
        members = []
        for name, inner in value.items():
            inside = (*place, name)
            member = f"{json.dumps(name)}: {_written(inner, values, at, how, inside)}"
            members += _treated(name, member, how) if inside == at else [member]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(inner, values, at, how, (*place, i)) for i, inner in enumerate(value)) + "]"
    return json.dumps(value)


def _treated(name: str, member: str, how: str) -> list[str]:
    match how:
        case "left out":
            return []
        case "unknown beside":
            return [member, '"nobodyDeclaredThis": {"a": [1]}']
        case "twice":
            return [f"{json.dumps(name)}: null", member]
        case "name in capitals":
            return [json.dumps(name.upper()) + member[len(json.dumps(name)) :]]
        case _:
            return [member]
