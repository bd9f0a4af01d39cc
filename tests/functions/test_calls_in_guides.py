"""The calls of the published client in README.md and docs: each name, method and argument is the client's own."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client import client_of
from tests.world import World

ROOT = Path(__file__).parents[2]
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
CALLED = sorted(name for name, page in PAGES.items() if re.search(r"\bpaid\.\w+\.\w+\(", page))


def parts(page: str) -> Iterator[ast.AST]:
    """All that the Python on a page is made of."""
    for block in re.findall(r"```python\n(.*?)```", PAGES[page], re.DOTALL):
        yield from ast.walk(ast.parse(block))


def test_the_guides_are_those_that_call_the_client() -> None:
    assert {"README.md", "amendments.md", "credits.md", "payments.md", "plans.md", "seats.md"} <= set(CALLED)


@pytest.mark.parametrize("page", CALLED)
def test_what_a_page_imports_of_the_client_is_there(page: str) -> None:
    for part in parts(page):
        if isinstance(part, ast.ImportFrom) and (part.module or "").partition(".")[0] == "paid":
            module = importlib.import_module(part.module or "")
            assert [name.name for name in part.names if not hasattr(module, name.name)] == []


@pytest.mark.parametrize("page", CALLED)
def test_what_a_page_calls_takes_the_arguments_that_it_gives(world: World, page: str) -> None:
    client = client_of(world.tenant())

    for part in parts(page):
        match part:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name("paid"), attr=group), attr=method)):
                named = {each.arg: None for each in part.keywords if each.arg is not None}
                inspect.signature(getattr(getattr(client, group), method)).bind(*part.args, **named)
            case _:
                pass


@pytest.mark.parametrize("page", CALLED)
def test_a_page_imports_what_it_names_of_the_client(page: str) -> None:
    """Types of the client are in capitals; what a page has of its own is not."""
    named = {part.func.id for part in parts(page) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
    imported = {name.name for part in parts(page) if isinstance(part, ast.ImportFrom) for name in part.names}

    assert {name for name in named if name[0].isupper()} <= imported | {"PermissionError"}
