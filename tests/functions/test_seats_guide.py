"""docs/seats.md says what is so: its calls are made, in order, and answer what stands below them."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.client import client_of
from tests.world import World

GUIDE = (Path(__file__).parents[2] / "docs" / "seats.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(python|sh)\n(.*?)```", GUIDE, re.DOTALL)


def answers(code: str, names: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Of each value with a comment on the line below: what it is, and what the page says."""
    lines = code.splitlines()
    for statement in ast.parse(code).body:
        last = statement.end_lineno or 0
        part, below = ast.get_source_segment(code, statement) or "", "".join(lines[last : last + 1])
        if below.startswith("# "):
            yield eval(part, names), ast.literal_eval(below.removeprefix("# "))  # noqa: S307 - our own page
        else:
            exec(part, names)  # noqa: S102 - our own page


def test_the_page_is_played_and_each_value_on_it_is_answered(empty_world: World) -> None:
    tenant = empty_world.tenant(clock=date(2025, 6, 1))
    names: dict[str, Any] = {"paid": client_of(tenant)}
    values = 0

    for kind, code in BLOCKS:
        if kind == "sh":
            (day,) = re.findall(r"^owed clock \$ORG (\S+)$", code, re.MULTILINE)
            empty_world.advance_clock(tenant, date.fromisoformat(day))
            continue
        for answered, said in answers(code, names):
            assert answered == said
            values += 1
        empty_world.work()

    assert values == GUIDE.count("\n# ")
    assert names["seats"][0].id == tenant.get(f"/orders/{names['order'].id}/seats")["data"][0]["id"]
