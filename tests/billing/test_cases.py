"""Every case of the field has a row that is named after it, or a sentence that says why it has none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.billing.cases import CASES, COVERED

TESTS = Path(__file__).parents[1]

CASE_ID = re.compile(r"[A-Z]+-\d\d\b")


def row_names(source: str) -> Iterator[str]:
    """The names of the rows in a test file: of `case("GRAD-01", ...)` it is `GRAD-01`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "case":
            continue
        name = node.args[0] if node.args else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value


def named_cases() -> set[str]:
    """The cases that rows of collected files are named after."""
    sources = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    names = [name for source in sources for name in row_names(source)]
    return {found.group() for name in names if (found := CASE_ID.match(name))}


def test_every_case_that_is_called_covered_names_a_row() -> None:
    covered = {case_id for case_id, how in CASES.items() if how == COVERED}

    assert covered - named_cases() == set()


def test_no_case_that_names_a_row_is_called_uncovered() -> None:
    named = {case_id: CASES.get(case_id, "unknown") for case_id in named_cases()}

    assert {case_id: how for case_id, how in named.items() if not how.startswith((COVERED, "elsewhere: "))} == {}


def test_every_other_case_says_why_it_names_none() -> None:
    reasons = {how for how in CASES.values() if how != COVERED}

    assert all(reason.startswith(("later: ", "not here: ", "elsewhere: ")) for reason in reasons)


def test_no_case_was_dropped_from_the_list() -> None:
    assert len(CASES) == 95


def test_a_row_is_found_by_its_name_wherever_it_stands() -> None:
    assert list(row_names('x = [case("A-01", 1), case(\n    "B-02-more",\n)]\ncase(name)\nother("C-03")')) == [
        "A-01",
        "B-02-more",
    ]
