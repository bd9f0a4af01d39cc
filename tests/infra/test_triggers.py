"""What starts a function besides a request: queues and the daily schedule."""

import json

import pytest

from infra import resources
from tests.infra.assembly import Assembly, Resource

pytestmark = pytest.mark.infra

TRIGGERED = [row for row in resources.FUNCTIONS if row.trigger]


def test_every_queue_has_exactly_one_consumer_and_so_has_each_of_dead_letters_that_has_a_row(
    assembly: Assembly,
) -> None:
    queues = (*resources.QUEUES, *resources.DEAD_LETTERS)
    triggers = [row.trigger for row in TRIGGERED]
    mappings = assembly.properties("AWS::Lambda::EventSourceMapping")

    assert sorted(queue.name for queue in queues) == sorted(queue.name for queue in triggers if queue)
    assert len(mappings) == len(queues) + len([row for row in resources.FUNCTIONS if row.stream])


def test_the_shelf_is_filled_from_the_very_queue_that_catches_what_the_signals_queue_gave_up(
    assembly: Assembly,
) -> None:
    url = assembly.environment("admin")["SIGNAL_QUEUE_URL"]
    redrive = assembly.resources[url]["Properties"]["RedrivePolicy"]
    function = {"Ref": assembly.function_id("shelve_signals")}
    mappings = assembly.properties("AWS::Lambda::EventSourceMapping")
    (mapping,) = (made for made in mappings if made["FunctionName"] == function)

    assert assembly.read(mapping["EventSourceArn"]) == assembly.read(redrive["deadLetterTargetArn"])


@pytest.mark.parametrize("row", TRIGGERED, ids=[row.name for row in TRIGGERED])
def test_one_bad_message_does_not_fail_its_batch(assembly: Assembly, row: resources.Function) -> None:
    function = {"Ref": assembly.function_id(row.name)}
    mappings = assembly.properties("AWS::Lambda::EventSourceMapping")
    (mapping,) = (made for made in mappings if made["FunctionName"] == function)

    assert row.trigger
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == row.trigger.batch_size
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": row.trigger.max_concurrency}


def schedule_of(assembly: Assembly, function: str) -> Resource:
    arn = f"{assembly.function_id(function)}.Arn"
    made = assembly.properties("AWS::Scheduler::Schedule")
    (schedule,) = (each for each in made if assembly.read(each["Target"]["Arn"]) == arn)
    return schedule


@pytest.mark.parametrize(
    ("function", "time"),
    [("start_billing_run", "cron(10 0 * * ? *)"), ("check_billing_run", "cron(0 2 * * ? *)")],
)
def test_the_billing_run_and_the_look_after_it_start_daily_with_the_time_they_were_due(
    assembly: Assembly, function: str, time: str
) -> None:
    schedule = schedule_of(assembly, function)
    target = schedule["Target"]

    assert schedule["ScheduleExpression"] == time
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert json.loads(target["Input"]) == {"as_of": "<aws.scheduler.scheduled-time>"}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


@pytest.mark.parametrize("function", ["start_billing_run", "check_billing_run"])
def test_a_billing_run_that_fails_leaves_its_event(assembly: Assembly, function: str) -> None:
    schedule, called = schedule_of(assembly, function), {"Ref": assembly.function_id(function)}
    made = assembly.properties("AWS::Lambda::EventInvokeConfig")
    (invoke,) = (each for each in made if each["FunctionName"] == called)

    unreached = schedule["Target"]["DeadLetterConfig"]["Arn"]
    raised = invoke["DestinationConfig"]["OnFailure"]["Destination"]
    assert unreached == raised


@pytest.mark.parametrize("function", ["start_billing_run", "check_billing_run"])
def test_the_schedule_may_call_that_function_and_nothing_else(assembly: Assembly, function: str) -> None:
    schedule = schedule_of(assembly, function)
    role = assembly.read(schedule["Target"]["RoleArn"]).removesuffix(".Arn")

    allowed = {(*each["Action"], *each["Resource"]) for each in assembly.role_statements(role)}
    assert allowed == {
        ("lambda:InvokeFunction", f"{assembly.function_id(function)}.Arn"),
        ("sqs:SendMessage", assembly.read(schedule["Target"]["DeadLetterConfig"]["Arn"])),
    }
