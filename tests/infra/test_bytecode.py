"""What Lambda loads is compiled before, and not at each cold start."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from infra import bytecode
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra


def test_bytecode_counts_whatever_dates_the_files_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever unpacks an archive dates them anew; here even what stands in the source is something else then."""
    (tmp_path / "price_by_bytecode.py").write_text("AMOUNT = 10")

    assert bytecode.compile_beside(tmp_path, bytecode.HERE)

    (tmp_path / "price_by_bytecode.py").write_text("AMOUNT = 11")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_module("price_by_bytecode").AMOUNT == 10


def test_the_same_code_has_the_same_bytecode_and_it_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    made: list[bytes] = []
    for name in ("one", "another"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "names.py").write_text(
            "NAMES = {'a customer', 'an order', 'a price'}\n\ndef first(): return min(NAMES)"
        )
        bytecode.compile_beside(folder, bytecode.HERE)
        made.append(next(folder.rglob("*.pyc")).read_bytes())

    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0]


def test_this_interpreter_is_one_of_its_own_version() -> None:
    assert bytecode.interpreter(bytecode.HERE) == sys.executable


@pytest.mark.parametrize(
    "script",
    ["exit 127", "echo", "echo /usr/bin/python3 3 98", "echo not at all what was asked for"],
    ids=["runs nothing", "says nothing", "of another version", "no Python"],
)
def test_a_command_that_is_no_interpreter_of_its_version_is_none(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _command(tmp_path / "python3.99", script)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bytecode.interpreter((3, 99)) is None
    assert not bytecode.compile_beside(tmp_path, (3, 99))


def test_an_interpreter_is_called_by_the_path_that_it_says_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrapper's own needs an environment that the compilation has not."""
    _command(tmp_path / "python3.99", "echo /opt/python/bin/python3.99 3 99")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bytecode.interpreter((3, 99)) == "/opt/python/bin/python3.99"
    assert bytecode.interpreter((3, 98)) is None


def test_every_module_of_the_asset_has_its_bytecode(local_assembly: Assembly) -> None:
    asset = next(folder for folder in local_assembly.folder.glob("asset.*") if (folder / "functions").is_dir())
    modules = list(asset.rglob("*.py"))

    assert modules
    tag = sys.implementation.cache_tag
    assert all((module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc").is_file() for module in modules)


def test_synthesis_says_it_where_no_interpreter_writes_bytecode() -> None:
    from aws_cdk import App, Stack  # noqa: PLC0415 - needs Node
    from aws_cdk.assertions import Annotations, Match  # noqa: PLC0415 - needs Node

    from infra.constructs.function_code import function_code  # noqa: PLC0415 - needs Node

    stack = Stack(App(), "Service")
    function_code(stack, python=(3, 99))

    (warning,) = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("no python3[.]99 is here"))
    assert warning.id == "/Service"


def _command(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
