"""Each check of AWS is seen failing by a fault of its own, and by no other."""

import json
import operator
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import moto
import pytest

from local.aws_account import asking, stack_of
from local.doctor_aws import CHECKS, Deployed, check_aws
from local.findings import Finding, Status
from tests.local.deployments import DEAD, NOW, FakeAws, deployed

TABLE = "dynamodb:describe_table records"
BACKUPS = "dynamodb:describe_continuous_backups records"
ALARMS = "cloudwatch:describe_alarms"
AGE = "cloudwatch:get_metric_statistics ApproximateAgeOfOldestMessage"


def troubles(aws: FakeAws, seen: Deployed | None = None) -> list[tuple[Status, str]]:
    """What is not well, and how bad it is."""
    found = check_aws(aws, seen or deployed(), NOW)
    return [(each.status, each.what) for each in found if each.status is not Status.OK]


def test_a_deployment_that_is_well_has_an_ok_of_every_check() -> None:
    found = list(check_aws(FakeAws(), deployed(), NOW))

    assert {each.status for each in found} == {Status.OK}
    assert len(found) >= len(CHECKS)


def test_the_tables_in_use_are_looked_at_and_not_those_that_a_restore_replaced() -> None:
    told = [each.what for each in check_aws(FakeAws(), deployed(), NOW) if each.what.startswith("table")]

    recoverable = "can be restored to any second of the last 35 days"
    assert told == [f"table records {recoverable}", f"table signals {recoverable}"]


FAULTS: list[tuple[str, Any, str]] = [
    (TABLE, lambda a: a["Table"].update(DeletionProtectionEnabled=False), "table records may be deleted"),
    (TABLE, lambda a: a["Table"].update(TableStatus="ARCHIVED"), "table records is ARCHIVED"),
    (
        BACKUPS,
        lambda a: a["ContinuousBackupsDescription"].clear(),
        "table records has no point-in-time recovery",
    ),
    (
        f"sqs:get_queue_attributes {DEAD}",
        lambda a: a["Attributes"].update(ApproximateNumberOfMessages="2"),
        "2 dead letters lie in signals-dead",
    ),
    (
        AGE,
        lambda a: a.update(Datapoints=[{"Maximum": 7200.0}, {"Maximum": 60.0}]),
        "the oldest of 3 messages in signals has waited for 2:00:00, expected 0:24:40 at most",
    ),
    (
        "lambda:get_function_configuration",
        lambda a: a.update(State="Failed", StateReason="no such layer"),
        "function owed-prod-service-StartBillingRunFunction-1 cannot run: no such layer",
    ),
    (
        "lambda:get_event_source_mapping",
        lambda a: a.update(State="Disabled"),
        "the trigger of signals is Disabled: its messages wait",
    ),
    (
        "scheduler:get_schedule",
        lambda a: a.update(State="DISABLED"),
        "schedule schedule is DISABLED: nothing is billed, or checked, by itself",
    ),
    (
        "cloudwatch:get_metric_statistics Invocations",
        lambda a: a.update(Datapoints=[]),
        "no billing run was started within the last 26 hours",
    ),
    (
        "cloudwatch:get_metric_statistics Errors",
        lambda a: a.update(Datapoints=[{"Sum": 2.0}]),
        "the billing run raised 2 errors within 26 hours",
    ),
    (ALARMS, lambda a: a["MetricAlarms"].pop(0), "1 alarms are missing"),
    (ALARMS, lambda a: a["MetricAlarms"][0].update(StateValue="ALARM"), "alarm alarm rings"),
    (ALARMS, lambda a: a["MetricAlarms"][0].update(AlarmActions=[]), "1 alarms tell nobody, such as alarm"),
    (ALARMS, lambda a: a["MetricAlarms"][0].update(ActionsEnabled=False), "1 alarms tell nobody, such as alarm"),
    ("sns:list_subscriptions_by_topic", lambda a: a.update(Subscriptions=[]), "nobody hears the alarms"),
    (
        "sns:list_subscriptions_by_topic",
        lambda a: a.update(Subscriptions=[{"SubscriptionArn": "PendingConfirmation"}]),
        "nobody hears the alarms (one is not confirmed)",
    ),
]


@pytest.mark.parametrize(("answer", "fault", "sentence"), FAULTS)
def test_a_fault_fails_its_own_check_and_no_other(answer: str, fault: Any, sentence: str) -> None:
    aws = FakeAws()
    aws.break_(answer, fault)

    assert troubles(aws) == [(Status.FAIL, sentence)]


WORRIES: list[tuple[str, Any, str]] = [
    (
        "logs:describe_log_groups",
        lambda a: a["logGroups"][0].pop("retentionInDays"),
        "1 log groups are kept for ever, at $0.03 a GB and month",
    ),
    (
        "lambda:get_account_settings",
        lambda a: a["AccountLimit"].update(ConcurrentExecutions=99),
        "Lambda runs only 99 calls at once in this region, of all functions together",
    ),
]


@pytest.mark.parametrize(("answer", "fault", "sentence"), WORRIES)
def test_what_will_cost_or_slow_something_is_a_warning(answer: str, fault: Any, sentence: str) -> None:
    aws = FakeAws()
    aws.break_(answer, fault)

    assert troubles(aws) == [(Status.WARN, sentence)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", Status.FAIL),
        ("UPDATE_IN_PROGRESS", Status.WARN),
    ],
)
def test_a_stack_whose_deployment_did_not_take_is_told(status: str, expected: Status) -> None:
    assert troubles(FakeAws(), deployed(status=status)) == [(expected, f"stack owed-prod-service is {status}")]


def test_the_trigger_of_a_stream_is_told_by_its_table() -> None:
    aws = FakeAws()
    stream = "table/records/stream/2026-11-22T07:54:55.742"
    aws.break_(
        "lambda:get_event_source_mapping",
        operator.methodcaller("update", EventSourceArn=f"arn:aws:dynamodb:eu-west-1:1:{stream}", State="Disabled"),
    )

    assert troubles(aws) == [(Status.FAIL, f"the trigger of {stream} is Disabled: its messages wait")]


@pytest.mark.parametrize("limit", [360.0, 3600.0])
def test_a_message_is_late_from_the_second_at_which_the_alarm_of_its_queue_rings(limit: float) -> None:
    told: dict[float, int] = {}
    for seconds in (limit, limit + 1):
        aws = FakeAws()
        aws.break_(ALARMS, lambda a: a["MetricAlarms"][1].update(Threshold=limit))
        points = [{"Maximum": seconds}]
        aws.break_(AGE, operator.methodcaller("update", Datapoints=points))
        told[seconds] = len(troubles(aws))

    assert told == {limit: 0, limit + 1: 1}


def test_a_queue_whose_age_no_alarm_watches_is_told() -> None:
    aws = FakeAws()
    aws.break_(ALARMS, lambda a: a["MetricAlarms"].pop(1))

    assert troubles(aws) == [
        (Status.FAIL, "no alarm watches how long 3 messages in signals wait"),
        (Status.FAIL, "1 alarms are missing"),
    ]


def test_a_missing_permission_is_skipped_by_its_name_and_stops_nothing_else() -> None:
    aws = FakeAws()
    aws.deny("scheduler", "get_schedule")

    assert troubles(aws) == [(Status.SKIP, "schedules cannot be looked at")]


def test_what_is_not_there_fails_and_stops_nothing_else() -> None:
    aws = FakeAws()
    aws.refuse("sns", "list_subscriptions_by_topic")

    assert troubles(aws) == [(Status.FAIL, "subscribers: it is not there")]


# ---- the same calls of boto3, against moto: their names and parameters exist

TEMPLATE = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
            },
        },
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "owed"}},
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
    "Outputs": {"QueueUrl": {"Value": {"Ref": "Queue"}}},
}


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with moto.mock_aws():
        cloudformation: Any = boto3.client("cloudformation", region_name="us-east-1")
        for part, template in (("data", TEMPLATE), ("service", {"Resources": {"Other": {"Type": "AWS::SQS::Queue"}}})):
            cloudformation.create_stack(StackName=f"owed-prod-{part}", TemplateBody=json.dumps(template))
        ask = asking(region="us-east-1", profile=None)
        yield Deployed(stack_of(ask, "owed-prod-data"), stack_of(ask, "owed-prod-service"), protected=True)


def test_a_stack_is_known_by_its_resources_and_outputs(stacks: Deployed) -> None:
    (table,) = stacks.data.names("AWS::DynamoDB::Table")

    assert stacks.data.status == "CREATE_COMPLETE"
    assert stacks.data.outputs["QueueUrl"] in stacks.data.names("AWS::SQS::Queue")
    assert len(stacks.names("AWS::SQS::Queue")) == 3
    assert table


def test_real_answers_are_read(stacks: Deployed) -> None:
    (topic,) = stacks.data.names("AWS::SNS::Topic")
    url = stacks.data.outputs["QueueUrl"]
    cloudwatch: Any = boto3.client("cloudwatch", region_name="us-east-1")
    cloudwatch.put_metric_alarm(
        AlarmName="quiet",
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=720,
        ComparisonOperator="GreaterThanThreshold",
    )
    with_alarm = replace(stacks.data, resources={**stacks.data.resources, "AWS::CloudWatch::Alarm": ["quiet"]})
    service = Deployed(stacks.data, with_alarm, protected=True)
    ask = asking(region="us-east-1", profile=None)
    sqs: Any = boto3.client("sqs", region_name="us-east-1")
    sqs.send_message(QueueUrl=url, MessageBody="one")

    found: list[Finding] = list(check_aws(ask, service, NOW))

    told = [each.what for each in found]
    (table,) = stacks.data.names("AWS::DynamoDB::Table")
    assert f"table {table} has no point-in-time recovery" in told
    assert f"table {table} may be deleted" in told
    assert "1 log groups are kept for ever, at $0.03 a GB and month" in told
    assert "nobody hears the alarms" in told
    assert "1 alarms tell nobody, such as quiet" in told
    assert f"1 messages wait in {url.rpartition('/')[2]}, none of them for longer than 0:12:00" in told
    assert topic in next(each.advice for each in found if each.what == "nobody hears the alarms")
