"""What an operator sees, and what a quiet month costs."""

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
"""The one exception: ten are free per account, each further one is ten cents a month (docs/deploy.md)."""


def test_nothing_is_deployed_that_costs_while_idle(assembly: Assembly) -> None:
    kinds = {made["Type"] for made in assembly.resources.values()}

    assert kinds <= COSTS_NOTHING_WHILE_IDLE | {ALARMS}


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
        assert alarm["AlarmDescription"].endswith(".")
        assert alarm["TreatMissingData"] == "notBreaching"


def test_alarms_may_publish_to_the_topic_whose_own_policy_would_shut_them_out(assembly: Assembly) -> None:
    (policy,) = assembly.properties("AWS::SNS::TopicPolicy")

    allowed = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert [(each["Principal"], each["Action"]) for each in allowed] == [
        ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    ]


def test_the_outputs_are_what_the_deployment_guide_names(assembly: Assembly) -> None:
    outputs = assembly.service["Outputs"].keys()

    assert outputs == {"ApiUrl", "ApiId", "AdminFunctionName", "DocumentsBucketName", "AlarmTopicArn"}


def _metric(assembly: Assembly, alarm: dict[str, object]) -> tuple[object, str]:
    dimensions = alarm["Dimensions"]
    assert isinstance(dimensions, list)
    (dimension,) = dimensions
    return alarm["MetricName"], assembly.read(dimension["Value"])
