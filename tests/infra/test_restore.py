"""A deployment that goes on with restored tables."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/records-restored/stream/2026-11-22T00:00:00.000"
CONTEXT = {"records_table": "records-restored", "records_stream": STREAM, "signals_table": "signals-restored"}


@pytest.fixture(scope="module")
def restored(empty_layers: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The two templates of production, by the parts of their names."""
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.deployment import add_stacks  # noqa: PLC0415 - needs Node

    folder = tmp_path_factory.mktemp("restored")
    app = App(outdir=str(folder), context={"stage": "prod", "layers": str(empty_layers), **CONTEXT})
    add_stacks(app)
    app.synth()
    return {part: json.loads((folder / f"owed-prod-{part}.template.json").read_text()) for part in ("data", "service")}


def of_type(template: Any, kind: str) -> list[Any]:
    return [made["Properties"] for made in template["Resources"].values() if made["Type"] == kind]


def test_functions_and_their_roles_name_the_restored_tables(restored: dict[str, Any]) -> None:
    functions = of_type(restored["service"], "AWS::Lambda::Function")
    environments = [made["Environment"]["Variables"] for made in functions if "Environment" in made]
    with_tables = [each for each in environments if "RECORDS_TABLE" in each]

    assert with_tables
    assert {each["RECORDS_TABLE"] for each in with_tables} == {"records-restored"}
    assert {each["SIGNALS_TABLE"] for each in with_tables if "SIGNALS_TABLE" in each} == {"signals-restored"}
    policies = json.dumps(of_type(restored["service"], "AWS::IAM::Policy"))
    assert "table/records-restored" in policies
    assert "table/signals-restored" in policies
    assert "RecordsTable" not in policies


def test_the_events_come_of_the_restored_tables_stream(restored: dict[str, Any]) -> None:
    mappings = of_type(restored["service"], "AWS::Lambda::EventSourceMapping")

    assert STREAM in {str(mapping["EventSourceArn"]) for mapping in mappings}


def test_the_stacks_own_tables_stay_and_their_exports_too(restored: dict[str, Any], assembly: Assembly) -> None:
    """CloudFormation deploys the data stack first, while the service still imports what it used until then."""

    def exports(template: Any) -> set[str]:
        named = {output["Export"]["Name"] for output in template["Outputs"].values() if "Export" in output}
        return {name for name in named if "Table" in name}

    assert of_type(restored["data"], "AWS::DynamoDB::Table") == of_type(assembly.data, "AWS::DynamoDB::Table")
    assert exports(assembly.data)
    assert exports(assembly.data) <= exports(restored["data"])


@pytest.mark.parametrize("missing", sorted(CONTEXT))
def test_one_table_alone_is_refused(missing: str) -> None:
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.settings import IncompleteRestore, restored_from  # noqa: PLC0415 - needs Node

    given = {name: value for name, value in CONTEXT.items() if name != missing}

    with pytest.raises(IncompleteRestore, match=f"{missing} is missing; expected records_table, records_stream and"):
        restored_from(App(context=given).node)


def test_without_context_the_stacks_own_tables_are_used() -> None:
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.settings import restored_from  # noqa: PLC0415 - needs Node

    assert restored_from(App().node) is None
