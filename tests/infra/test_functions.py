"""The template and the code agree: handlers exist, and each finds the environment it reads."""

from importlib import import_module

import pytest

from infra import resources
from infra.layers import AWS_SERVICES, LAYERS, PROJECT
from tests.infra.assembly import Assembly
from tests.infra.what_code_reads import clients_made, variables_read_by

pytestmark = pytest.mark.infra

NAMES = [row.name for row in resources.FUNCTIONS]


def test_every_row_is_a_function_and_nothing_else_is(assembly: Assembly) -> None:
    handlers = [made["Handler"] for made in assembly.properties("AWS::Lambda::Function")]

    assert sorted(handlers) == sorted(row.handler for row in resources.FUNCTIONS)


def test_every_function_is_a_package_of_its_own() -> None:
    for row in resources.FUNCTIONS:
        assert (PROJECT / "functions" / row.name / "handler.py").is_file(), row.name


@pytest.mark.parametrize("name", NAMES)
def test_the_handler_can_be_imported_and_called(assembly: Assembly, name: str) -> None:
    module, _, attribute = assembly.functions()[name]["Handler"].rpartition(".")

    assert callable(getattr(import_module(module), attribute))


@pytest.mark.parametrize("row", resources.FUNCTIONS, ids=NAMES)
def test_the_environment_is_exactly_that_of_the_row(assembly: Assembly, row: resources.Function) -> None:
    assert sorted(assembly.environment(row.name)) == sorted(row.env)


@pytest.mark.parametrize("row", resources.FUNCTIONS, ids=NAMES)
def test_the_environment_is_exactly_what_the_code_reads(row: resources.Function) -> None:
    assert variables_read_by(row.name) == set(row.env)


def test_every_function_has_the_defaults(assembly: Assembly) -> None:
    for made in assembly.properties("AWS::Lambda::Function"):
        assert made["Runtime"] == "python3.13"
        assert made["Architectures"] == ["arm64"]
        assert made["LoggingConfig"]["LogFormat"] == "JSON"


def test_every_function_logs_to_a_group_that_forgets(assembly: Assembly) -> None:
    groups = assembly.of_type("AWS::Logs::LogGroup")

    for made in assembly.properties("AWS::Lambda::Function"):
        group = groups[assembly.read(made["LoggingConfig"]["LogGroup"])]
        assert group["Properties"]["RetentionInDays"] == 90


def test_requests_are_answered_before_the_gateway_gives_up(assembly: Assembly) -> None:
    made = assembly.functions()

    assert all(made[route.function]["Timeout"] < 30 for route in resources.ROUTES)


@pytest.mark.parametrize("row", resources.FUNCTIONS, ids=NAMES)
def test_every_function_has_the_layers_of_its_row(assembly: Assembly, row: resources.Function) -> None:
    layers = [assembly.read(layer) for layer in assembly.functions()[row.name]["Layers"]]

    assert [_layer_name(assembly, layer) for layer in layers] == list(row.layers)


def test_a_layer_is_built_for_every_name_that_rows_use() -> None:
    assert {layer for row in resources.FUNCTIONS for layer in row.layers} == set(LAYERS)


def test_the_layer_keeps_every_service_that_has_a_client() -> None:
    assert clients_made() <= AWS_SERVICES


def test_only_our_code_is_uploaded_with_its_fonts_and_templates(assembly: Assembly) -> None:
    staged = next(folder for folder in assembly.folder.glob("asset.*") if (folder / "functions").is_dir())

    uploaded = {path.relative_to(staged) for path in staged.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    files = (path.relative_to(PROJECT) for path in (PROJECT / "functions").rglob("*") if path.is_file())
    ours = {path for path in files if "__pycache__" not in path.parts}
    assert uploaded == ours


def _layer_name(assembly: Assembly, layer: str) -> str:
    key = assembly.resources[layer]["Properties"]["Content"]["S3Key"]
    folder = assembly.folder / f"asset.{key.removesuffix('.zip')}"
    (placeholder,) = (folder / "python").iterdir()
    return placeholder.stem
