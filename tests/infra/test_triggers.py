"""What starts a function besides a request: queues and the daily schedule."""

import json

import pytest

from infra import resources
from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra

TRIGGERED = [row for row in resources.FUNCTIONS if row.trigger]


def test_every_queue_has_exactly_one_consumer_and_so_has_each_of_dead_letters_that_has_a_row(
    assembly: Assembly,
) -> None:
    queues = (*resources.QUEUES, *resources.DEAD_LETTERS)
    triggers = [row.trigger for row in TRIGGERED]
    mappings = assembly.properties("AWS::Lambda::EventSourceMapping")

    assert sorted(queue.name for queue in queues) == sorted(queue.name for queue in triggers if queue)
    assert len(mappings) == len(queues)


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


def test_the_billing_run_starts_daily_with_the_time_it_was_due(assembly: Assembly) -> None:
    (schedule,) = assembly.properties("AWS::Scheduler::Schedule")
    target = schedule["Target"]

    assert schedule["ScheduleExpression"] == "cron(10 0 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert assembly.read(target["Arn"]) == f"{assembly.function_id('start_billing_run')}.Arn"
    assert json.loads(target["Input"]) == {"as_of": "<aws.scheduler.scheduled-time>"}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_a_billing_run_that_fails_leaves_its_event(assembly: Assembly) -> None:
    (schedule,) = assembly.properties("AWS::Scheduler::Schedule")
    (invoke,) = assembly.properties("AWS::Lambda::EventInvokeConfig")

    unreached = schedule["Target"]["DeadLetterConfig"]["Arn"]
    raised = invoke["DestinationConfig"]["OnFailure"]["Destination"]
    assert unreached == raised
    assert invoke["FunctionName"] == {"Ref": assembly.function_id("start_billing_run")}


def test_the_schedule_may_call_that_function_and_nothing_else(assembly: Assembly) -> None:
    (schedule,) = assembly.properties("AWS::Scheduler::Schedule")
    role = assembly.read(schedule["Target"]["RoleArn"]).removesuffix(".Arn")

    allowed = {(*each["Action"], *each["Resource"]) for each in assembly.role_statements(role)}
    assert allowed == {
        ("lambda:InvokeFunction", f"{assembly.function_id('start_billing_run')}.Arn"),
        ("sqs:SendMessage", assembly.read(schedule["Target"]["DeadLetterConfig"]["Arn"])),
    }
