"""What is started by the changes of a table, and where webhooks may go."""

import json

import pytest

from functions.adapters.dead_letters import PARKED_CHANGES
from infra import resources
from local.environment import WEBHOOKS_GO_ANYWHERE
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra


def mapping(assembly: Assembly) -> dict[str, object]:
    function = {"Ref": assembly.function_id("announce_events")}
    mappings = assembly.properties("AWS::Lambda::EventSourceMapping")
    (made,) = (made for made in mappings if made["FunctionName"] == function)
    return dict(made)


def test_changes_of_what_webhooks_tell_alone_start_the_function_that_announces_them(assembly: Assembly) -> None:
    made = mapping(assembly)
    records = assembly.environment("announce_events")["RECORDS_TABLE"]

    assert assembly.read(made["EventSourceArn"]) == f"{records}.StreamArn"
    assert [json.loads(each["Pattern"]) for each in made["FilterCriteria"]["Filters"]] == [  # type: ignore[index] # JSON
        {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "cdp_"}, {"prefix": "inv_"}, {"prefix": "pay_"}]}}}}
    ]


def test_nothing_that_was_committed_before_the_function_could_read_is_passed_over(assembly: Assembly) -> None:
    assert mapping(assembly)["StartingPosition"] == "TRIM_HORIZON"


def test_what_fails_comes_again_as_it_is_for_23_hours_and_is_told_then(assembly: Assembly) -> None:
    """Of the 24 for which a stream keeps a change: 23 * 3,600 s."""
    made = mapping(assembly)
    row = resources.BILLING_CHANGES

    assert made["MaximumRecordAgeInSeconds"] == row.max_age_hours * 3600 == 82_800
    assert "MaximumRetryAttempts" not in made  # then Lambda does not count them: age alone decides
    assert made["BisectBatchOnFunctionError"] is False
    assert "FunctionResponseTypes" not in made
    assert made["BatchSize"] == row.batch_size
    told = assembly.read(made["DestinationConfig"]["OnFailure"]["Destination"])  # type: ignore[index] # JSON
    assert assembly.resources[told.removesuffix(".Arn")]["Type"] == "AWS::SQS::Queue"


def test_a_change_that_was_parked_raises_an_alarm_that_names_the_command_and_stays_on(assembly: Assembly) -> None:
    function = assembly.function_id("announce_events")

    (alarm,) = (
        made for made in assembly.properties("AWS::CloudWatch::Alarm") if made.get("MetricName") == "EventsParked"
    )

    assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == ("Owed", "Sum", 0)
    assert [(each["Name"], assembly.read(each["Value"])) for each in alarm["Dimensions"]] == [("function", function)]
    advice = assembly.read(alarm["AlarmDescription"])
    assert f"{PARKED_CHANGES}/" in advice
    assert "owed announce --parked." in advice
    assert alarm["TreatMissingData"] == "ignore"


def test_that_changes_were_given_up_raises_an_alarm_that_asks_no_stream(assembly: Assembly) -> None:
    made = mapping(assembly)
    told = assembly.read(made["DestinationConfig"]["OnFailure"]["Destination"])  # type: ignore[index] # JSON
    queue = told.removesuffix(".Arn")

    (advice,) = (
        assembly.read(alarm["AlarmDescription"])
        for alarm in assembly.properties("AWS::CloudWatch::Alarm")
        if "QueueName" in str(alarm.get("Dimensions"))
        and assembly.read(alarm["Dimensions"][0]["Value"]) == f"{queue}.QueueName"
    )

    assert "owed announce ORG --since DAY" in advice
    assert "dynamodbstreams" not in advice


def test_the_role_reads_that_stream_and_no_other(assembly: Assembly) -> None:
    records = assembly.environment("announce_events")["RECORDS_TABLE"]
    reading = [each for each in assembly.statements("announce_events") if "dynamodb:GetRecords" in each["Action"]]

    assert [each["Resource"] for each in reading] == [[f"{records}.StreamArn"]]
    others = {row.name for row in resources.FUNCTIONS} - {"announce_events"}
    assert not [
        name for name in others for each in assembly.statements(name) if "dynamodb:GetRecords" in each["Action"]
    ]


def test_no_stage_lets_webhooks_into_private_networks(assembly: Assembly, local_assembly: Assembly) -> None:
    for synthesised in (assembly, local_assembly):
        for row in resources.FUNCTIONS:
            assert not WEBHOOKS_GO_ANYWHERE.keys() & synthesised.environment(row.name).keys()


def test_the_webhook_queue_is_not_called_late_for_waiting_as_its_schedule_says(assembly: Assembly) -> None:
    queue = assembly.environment("announce_events")["WEBHOOK_QUEUE_URL"]
    alarms = assembly.properties("AWS::CloudWatch::Alarm")

    (age,) = (
        alarm["Threshold"]
        for alarm in alarms
        if alarm.get("MetricName") == "ApproximateAgeOfOldestMessage"
        and assembly.read(alarm["Dimensions"][0]["Value"]) == f"{queue}.QueueName"
    )

    assert age == resources.WEBHOOK_QUEUE.late_after_seconds


def test_deliveries_that_wait_raise_an_alarm_long_before_sqs_gives_no_more(assembly: Assembly) -> None:
    """120,000 messages of a queue may be in flight, and one that is hidden until its next attempt is."""
    queue = assembly.environment("announce_events")["WEBHOOK_QUEUE_URL"]

    (alarm,) = (
        made
        for made in assembly.properties("AWS::CloudWatch::Alarm")
        if made.get("MetricName") == "ApproximateNumberOfMessagesNotVisible"
    )

    assert [assembly.read(each["Value"]) for each in alarm["Dimensions"]] == [f"{queue}.QueueName"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (80_000, "GreaterThanThreshold")
