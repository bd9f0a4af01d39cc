"""What `owed doctor` looks for in a deployment's stacks is what the templates make."""

import pytest

from local.doctor_aws import RUN_FUNCTION
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

IN_DATA = ("AWS::DynamoDB::Table", "AWS::SQS::Queue")
IN_SERVICE = (
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule",
)


def types(template: dict[str, dict[str, dict[str, str]]]) -> set[str]:
    return {made["Type"] for made in template["Resources"].values()}


def test_every_kind_that_is_looked_at_is_in_its_stack(assembly: Assembly) -> None:
    assert set(IN_DATA) <= types(assembly.data)
    assert set(IN_SERVICE) <= types(assembly.service)


def test_one_function_is_known_as_the_billing_run_by_its_name(assembly: Assembly) -> None:
    named = [name for name in assembly.of_type("AWS::Lambda::Function") if RUN_FUNCTION in name]

    assert named == [assembly.function_id("start_billing_run")]


def test_the_outputs_that_are_read_are_there(assembly: Assembly) -> None:
    assert {"AdminFunctionName", "ApiUrl"} <= assembly.service["Outputs"].keys()
    assert {"RECORDS_TABLE", "SIGNALS_TABLE"} <= assembly.environment("admin").keys()
