"""A deployment as the operator's own AWS permissions show it; where one is missing, the check is skipped."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.aws_account import Ask, AwsError, NotAllowedError, Stack
from local.doctor_metrics import CALLS, ERRORS, OLDEST_SECONDS
from local.findings import Finding, fail, ok, skip, warn

RUN_EVERY = timedelta(hours=26)
"""The billing run is daily; two hours more are for one that is under way."""

LATELY = timedelta(minutes=15)
"""The age of a queue's oldest message is measured every minute, and told some minutes later."""

ENOUGH_CONCURRENCY = 100
"""A new account has 10, and its workers would throttle the API."""

ALARM = "AWS::CloudWatch::Alarm"

RUN_FUNCTION = "StartBillingRun"
"""How the names of that function's resources begin."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The two stacks of a stage; `protected` ones must refuse to be deleted."""

    data: Stack
    service: Stack
    protected: bool

    def names(self, kind: str) -> list[str]:
        return [*self.data.names(kind), *self.service.names(kind)]


Check = Callable[[Ask, Deployed, datetime], Iterator[Finding]]


def check_aws(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    for check in CHECKS:
        try:
            yield from check(ask, deployed, now)
        except NotAllowedError as error:
            what = check.__name__.removeprefix("_").replace("_", " ")
            yield skip(f"{what} cannot be looked at", f"these credentials are not allowed {error}")
        except AwsError as error:
            what = check.__name__.removeprefix("_").replace("_", " ")
            yield fail(f"{what}: {error}", "is this the account, region and stage you mean?")


def _stacks(_: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    for stack in (deployed.data, deployed.service):
        if stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
            yield ok(f"stack {stack.name} is {stack.status}")
        elif stack.status.endswith("_IN_PROGRESS"):
            yield warn(f"stack {stack.name} is {stack.status}", "wait for the deployment, then ask again")
        else:
            advice = "read its events: the last deployment did not take; mend the cause and deploy again"
            yield fail(f"stack {stack.name} is {stack.status}", advice)


def _tables(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    for name in _tables_in_use(ask, deployed):
        table = ask("dynamodb", "describe_table", TableName=name)["Table"]
        backups = ask("dynamodb", "describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        if table["TableStatus"] not in {"ACTIVE", "UPDATING"}:
            yield fail(f"table {name} is {table['TableStatus']}", "docs/operations.md, restore")
        if recovery == "ENABLED":
            yield ok(f"table {name} can be restored to any second of the last 35 days")
        else:
            yield fail(
                f"table {name} has no point-in-time recovery",
                f"aws dynamodb update-continuous-backups --table-name {name} "
                "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
            )
        if deployed.protected and not table.get("DeletionProtectionEnabled"):
            advice = f"aws dynamodb update-table --table-name {name} --deletion-protection-enabled"
            yield fail(f"table {name} may be deleted", advice)


def _tables_in_use(ask: Ask, deployed: Deployed) -> list[str]:
    """As the admin function knows them: after a restore they are not the stack's own."""
    admin = deployed.service.outputs.get("AdminFunctionName")
    if admin is None:
        return deployed.data.names("AWS::DynamoDB::Table")
    variables = ask("lambda", "get_function_configuration", FunctionName=admin)["Environment"]["Variables"]
    return [variables[name] for name in ("RECORDS_TABLE", "SIGNALS_TABLE")]


def _queues(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    wanted = ["ApproximateNumberOfMessages", "QueueArn", "RedrivePolicy"]
    found = {
        url: ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=wanted)["Attributes"]
        for url in deployed.names("AWS::SQS::Queue")
    }
    limits = _age_limits(ask, deployed)
    redrives = [json.loads(each["RedrivePolicy"]) for each in found.values() if "RedrivePolicy" in each]
    fed = {redrive["deadLetterTargetArn"] for redrive in redrives}
    for url, attributes in found.items():
        name, many = url.rpartition("/")[2], int(attributes["ApproximateNumberOfMessages"])
        is_dead = attributes["QueueArn"] in fed or "RedrivePolicy" not in attributes
        if is_dead and many:
            again = f"aws sqs start-message-move-task --source-arn {attributes['QueueArn']}; signals: owed redrive"
            lost = "they have no queue to go back to: docs/monitoring.md says what each is"
            advice = f"mend the cause, then {again}" if attributes["QueueArn"] in fed else f"mend the cause; {lost}"
            yield fail(f"{many} dead letters lie in {name}", advice)
        elif is_dead:
            yield ok(f"no dead letters lie in {name}")
        else:
            oldest = max(OLDEST_SECONDS.points(ask, name, over=LATELY, until=now, statistic="Maximum"), default=0)
            yield _age(name, many, timedelta(seconds=oldest), limits.get(name))


def _age_limits(ask: Ask, deployed: Deployed) -> dict[str, timedelta]:
    """Of queues by their names, as their own alarms have them: what is late is said in one place."""
    return {
        dimension["Value"]: timedelta(seconds=alarm["Threshold"])
        for alarm in _alarms_of(ask, deployed)
        if alarm.get("MetricName") == OLDEST_SECONDS.name
        for dimension in alarm["Dimensions"]
    }


def _age(name: str, many: int, age: timedelta, limit: timedelta | None) -> Finding:
    if limit is None:
        return fail(f"no alarm watches how long {many} messages in {name} wait", "deploy again")
    if age > limit:
        advice = "read the log of the function behind it: it fails, is throttled, or does not keep up"
        return fail(f"the oldest of {many} messages in {name} has waited for {age}, expected {limit} at most", advice)
    return ok(f"{many} messages wait in {name}, none of them for longer than {limit}")


def _functions(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    names = deployed.service.names("AWS::Lambda::Function")
    well = 0
    for name in names:
        function = ask("lambda", "get_function_configuration", FunctionName=name)
        if "Failed" in {function.get("State"), function.get("LastUpdateStatus")}:
            reason = function.get("StateReason") or function.get("LastUpdateStatusReason") or "it does not say why"
            yield fail(f"function {name} cannot run: {reason}", "deploy again")
        else:
            well += 1
    yield ok(f"{well} of {len(names)} functions can run")


def _triggers(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    for name in deployed.service.names("AWS::Lambda::EventSourceMapping"):
        mapping = ask("lambda", "get_event_source_mapping", UUID=name)
        source = mapping.get("EventSourceArn", "").split(":", 5)[-1]  # a stream's name has colons in its date
        if mapping["State"] in {"Enabled", "Enabling", "Updating", "Creating"}:
            yield ok(f"the trigger of {source} is on")
        else:
            advice = f"aws lambda update-event-source-mapping --uuid {name} --enabled"
            yield fail(f"the trigger of {source} is {mapping['State']}: its messages wait", advice)


def _schedules(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    for name in deployed.service.names("AWS::Scheduler::Schedule"):
        schedule = ask("scheduler", "get_schedule", Name=name.rpartition("|")[2])
        if schedule["State"] == "ENABLED":
            yield ok(f"schedule {name} is on: {schedule['ScheduleExpression']}")
        else:
            yield fail(
                f"schedule {name} is {schedule['State']}: nothing is billed, or checked, by itself", "deploy again"
            )


def _billing_run(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    for name in deployed.service.names("AWS::Lambda::Function"):
        if RUN_FUNCTION not in name:
            continue
        calls, errors = (
            sum(metric.points(ask, name, over=RUN_EVERY, until=now, statistic="Sum")) for metric in (CALLS, ERRORS)
        )
        if errors:
            yield fail(f"the billing run raised {errors:.0f} errors within 26 hours", f"read the log of {name}")
        elif calls:
            yield ok("a billing run was started within the last 26 hours")
        else:
            yield fail(
                "no billing run was started within the last 26 hours",
                f"aws lambda invoke --function-name {name} --cli-binary-format raw-in-base64-out "
                f'--payload \'{{"as_of": "{now.date()}"}}\' /dev/stdout; a new deployment\'s first comes at 00:10 UTC',
            )


def _logs(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    kept_for_ever: list[str] = []
    names = deployed.service.names("AWS::Logs::LogGroup")
    for name in names:
        groups = ask("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
        kept_for_ever += [each["logGroupName"] for each in groups if not each.get("retentionInDays")]
    if kept_for_ever:
        advice = f"aws logs put-retention-policy --retention-in-days 90 --log-group-name {kept_for_ever[0]}"
        yield warn(f"{len(kept_for_ever)} log groups are kept for ever, at $0.03 a GB and month", advice)
    else:
        yield ok(f"{len(names)} log groups forget what is old")


def _alarms(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    names, found = deployed.service.names(ALARM), _alarms_of(ask, deployed)
    missing = set(names) - {each["AlarmName"] for each in found}
    if missing or not names:
        yield fail(f"{len(missing) or 'all'} alarms are missing", "deploy again")
    yield from _rings(found)
    silent = [
        each["AlarmName"] for each in found if not (each.get("AlarmActions") and each.get("ActionsEnabled", True))
    ]
    if silent:
        advice = f"aws cloudwatch enable-alarm-actions --alarm-names {silent[0]}"
        yield fail(f"{len(silent)} alarms tell nobody, such as {silent[0]}", advice)


def _alarms_of(ask: Ask, deployed: Deployed) -> list[dict[str, Any]]:
    """Those of the stack that are there."""
    names = deployed.service.names(ALARM)
    pages = (names[start : start + 100] for start in range(0, len(names), 100))
    return [each for page in pages for each in ask("cloudwatch", "describe_alarms", AlarmNames=page)["MetricAlarms"]]


def _rings(alarms: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    ringing = [each for each in alarms if each["StateValue"] == "ALARM"]
    for each in ringing:
        yield fail(f"alarm {each['AlarmName']} rings", each.get("AlarmDescription") or "docs/operations.md, incidents")
    if not ringing:
        yield ok(f"none of {len(alarms)} alarms rings")


def _subscribers(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del now
    for topic in deployed.service.names("AWS::SNS::Topic"):
        listed = ask("sns", "list_subscriptions_by_topic", TopicArn=topic)["Subscriptions"]
        confirmed = [each for each in listed if each["SubscriptionArn"].startswith("arn:")]
        if confirmed:
            yield ok(f"{len(confirmed)} subscribers hear the alarms")
        else:
            unconfirmed = " (one is not confirmed)" if listed else ""
            yield fail(
                f"nobody hears the alarms{unconfirmed}",
                f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint you@example.com",
            )


def _concurrency(ask: Ask, deployed: Deployed, now: datetime) -> Iterator[Finding]:
    del deployed, now
    limit = ask("lambda", "get_account_settings")["AccountLimit"]["ConcurrentExecutions"]
    if limit >= ENOUGH_CONCURRENCY:
        yield ok(f"Lambda runs up to {limit} calls at once in this region")
    else:
        advice = "ask for 1,000: Service Quotas, AWS Lambda, Concurrent executions; it is free"
        yield warn(f"Lambda runs only {limit} calls at once in this region, of all functions together", advice)


CHECKS: tuple[Check, ...] = (
    _stacks,
    _tables,
    _queues,
    _functions,
    _triggers,
    _schedules,
    _billing_run,
    _logs,
    _alarms,
    _subscribers,
    _concurrency,
)
