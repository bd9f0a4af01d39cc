"""What an operator sees, and what a quiet month costs."""

from typing import Any

import pytest

from infra import resources
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

COSTS_NOTHING_WHILE_IDLE = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
}
ALARMS = "AWS::CloudWatch::Alarm"
"""The one exception: ten are free per account, each further one is ten cents a month (docs/monitoring.md)."""

DASHBOARD = "AWS::CloudWatch::Dashboard"
"""Three are free per account; a further one is three dollars a month."""


def test_nothing_is_deployed_that_costs_while_idle(assembly: Assembly) -> None:
    kinds = {made["Type"] for made in assembly.resources.values()}

    assert kinds <= COSTS_NOTHING_WHILE_IDLE | {ALARMS, DASHBOARD}
    assert len(assembly.of_type(DASHBOARD)) == 1


def test_no_function_is_kept_warm_or_put_into_a_network(assembly: Assembly) -> None:
    for function in assembly.properties("AWS::Lambda::Function"):
        assert not function.keys() & {"VpcConfig", "SnapStart", "FileSystemConfigs", "CapacityProviderConfig"}
    assert not assembly.of_type("AWS::Lambda::Version")
    assert all("ProvisionedPollerConfig" not in made for made in assembly.properties("AWS::Lambda::EventSourceMapping"))


def test_nothing_has_a_physical_name_so_stages_can_share_an_account(assembly: Assembly) -> None:
    names = {"FunctionName", "TableName", "QueueName", "BucketName", "RoleName", "LogGroupName", "AlarmName"}
    own = {"AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket"}
    own |= {"AWS::IAM::Role", "AWS::Logs::LogGroup", ALARMS}

    named = [made for made in assembly.resources.values() if made["Type"] in own and names & made["Properties"].keys()]
    assert named == []


def test_every_dead_letter_queue_and_every_backlog_has_an_alarm(assembly: Assembly) -> None:
    watched = {_metric(assembly, alarm) for alarm in assembly.properties(ALARMS)}

    queues = assembly.of_type("AWS::SQS::Queue")
    for name, queue in queues.items():
        metric = "ApproximateAgeOfOldestMessage"
        if "RedrivePolicy" not in queue["Properties"]:
            metric = "ApproximateNumberOfMessagesVisible"
        assert (metric, f"{name}.QueueName") in watched


def test_that_signals_were_given_up_raises_an_alarm_although_they_do_not_stay_in_their_queue(
    assembly: Assembly,
) -> None:
    watched = {_metric(assembly, alarm) for alarm in assembly.properties(ALARMS)}

    assert ("Invocations", assembly.function_id("shelve_signals")) in watched


def test_dead_letters_that_are_taken_at_once_are_alarming_only_while_they_stay(assembly: Assembly) -> None:
    dead = f"{assembly.environment('admin')['SIGNAL_DEAD_LETTERS_URL']}.QueueName"

    alarms = {
        _metric(assembly, alarm)[1]: alarm["Statistic"]
        for alarm in assembly.properties(ALARMS)
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }

    assert alarms[dead] == "Minimum"
    assert {statistic for queue, statistic in alarms.items() if queue != dead} == {"Maximum"}


def test_every_functions_errors_raise_an_alarm(assembly: Assembly) -> None:
    watched = {_metric(assembly, alarm) for alarm in assembly.properties(ALARMS)}

    assert {("Errors", assembly.function_id(row.name)) for row in resources.FUNCTIONS} <= watched


def test_answers_of_500_raise_an_alarm_because_the_functions_do_not_raise(assembly: Assembly) -> None:
    (api,) = assembly.of_type("AWS::ApiGatewayV2::Api")

    assert ("5xx", api) in {_metric(assembly, alarm) for alarm in assembly.properties(ALARMS)}


def test_every_alarm_tells_the_topic_and_says_what_to_do(assembly: Assembly) -> None:
    (topic,) = assembly.of_type("AWS::SNS::Topic")

    for alarm in assembly.properties(ALARMS):
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert assembly.read(alarm["AlarmDescription"]).endswith(".")
        assert len(assembly.read(alarm["AlarmDescription"])) < 700  # AWS takes 1,024, with the names filled in


def test_silence_means_that_nothing_happened_but_of_the_billing_run_and_of_what_is_parked(assembly: Assembly) -> None:
    missing = {
        (alarm["MetricName"], alarm["Statistic"]): alarm["TreatMissingData"] for alarm in assembly.properties(ALARMS)
    }

    assert missing.pop(("BillingRunUnfinished", "Maximum")) == "ignore"
    assert missing.pop(("BillingRunUnfinished", "SampleCount")) == "breaching"
    assert missing.pop(("EventsParked", "Sum")) == "ignore"
    assert set(missing.values()) == {"notBreaching"}


def test_alarms_may_publish_to_the_topic_whose_own_policy_would_shut_them_out(assembly: Assembly) -> None:
    (policy,) = assembly.properties("AWS::SNS::TopicPolicy")

    allowed = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert [(each["Principal"], each["Action"]) for each in allowed] == [
        ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    ]


def test_the_outputs_are_what_the_deployment_guide_names(assembly: Assembly) -> None:
    outputs = assembly.service["Outputs"].keys()

    assert outputs == {"ApiUrl", "ApiId", "AdminFunctionName", "DocumentsBucketName", "AlarmTopicArn"}


def test_a_billing_run_that_did_not_finish_is_alarming_until_a_look_finds_it_finished(assembly: Assembly) -> None:
    alarm = _alarm(assembly, "BillingRunUnfinished", "Maximum")

    assert _metric(assembly, alarm) == ("BillingRunUnfinished", assembly.function_id("check_billing_run"))
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert assembly.function_id("start_billing_run") in assembly.read(alarm["AlarmDescription"])


def test_a_day_on_which_nobody_looked_is_alarming_and_one_look_within_26_hours_is_enough(assembly: Assembly) -> None:
    """All of 26 periods of an hour must lack a look: 26 * 3,600 s, of the 604,800 that CloudWatch allows."""
    alarm = _alarm(assembly, "BillingRunUnfinished", "SampleCount")

    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["EvaluationPeriods"], alarm["Period"]) == (26, 3600)
    assert "DatapointsToAlarm" not in alarm


def test_throttles_of_each_table_and_of_each_index_raise_an_alarm(assembly: Assembly) -> None:
    watched = {
        (alarm["MetricName"], *sorted(assembly.read(each["Value"]) for each in alarm["Dimensions"]))
        for alarm in assembly.properties(ALARMS)
        if alarm["Namespace"] == "AWS/DynamoDB"
    }

    expected = set()
    for row in resources.TABLES:
        table = assembly.environment("admin")[row.env]
        for part in ((), *((index.name,) for index in row.indexes)):
            expected |= {(f"{kind}ThrottleEvents", *sorted((table, *part))) for kind in ("Read", "Write")}
    assert watched == expected


def test_calls_that_lambda_turned_away_raise_an_alarm_whichever_function_they_were_for(assembly: Assembly) -> None:
    alarm = _alarm(assembly, "Throttles", "Sum")

    assert alarm["Namespace"] == "AWS/Lambda"
    assert "Dimensions" not in alarm


def test_a_stream_that_waits_raises_an_alarm_long_before_it_forgets(assembly: Assembly) -> None:
    """An hour in milliseconds, of the 24 hours that a stream keeps a change."""
    alarm = _alarm(assembly, "IteratorAge", "Maximum")

    assert alarm["Threshold"] == 60 * 60 * 1000
    assert _metric(assembly, alarm) == ("IteratorAge", assembly.function_id("announce_events"))


def _alarm(assembly: Assembly, metric: str, statistic: str) -> dict[str, Any]:
    alarms = assembly.properties(ALARMS)
    (found,) = (alarm for alarm in alarms if (alarm["MetricName"], alarm["Statistic"]) == (metric, statistic))
    return found


def _metric(assembly: Assembly, alarm: dict[str, Any]) -> tuple[object, str]:
    """With the value of its dimension, if it has one alone."""
    dimensions = alarm.get("Dimensions", [])
    return alarm["MetricName"], assembly.read(dimensions[0]["Value"]) if len(dimensions) == 1 else ""
