"""A deployment that is well, as AWS would tell of it, and what may be wrong with it."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.aws_account import AwsError, NotAllowedError, Stack
from local.doctor_aws import Deployed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

QUEUE, DEAD = "https://sqs/1/signals", "https://sqs/1/signals-dead"
RUN = "owed-prod-service-StartBillingRunFunction-1"

WELL: dict[str, Any] = {
    "dynamodb:describe_table records": {"Table": {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": True}},
    "dynamodb:describe_continuous_backups records": {
        "ContinuousBackupsDescription": {
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
        }
    },
    "dynamodb:describe_table signals": {"Table": {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": True}},
    "dynamodb:describe_continuous_backups signals": {
        "ContinuousBackupsDescription": {
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
        }
    },
    f"sqs:get_queue_attributes {QUEUE}": {
        "Attributes": {
            "QueueArn": "arn:signals",
            "ApproximateNumberOfMessages": "3",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:signals-dead"}),
        }
    },
    f"sqs:get_queue_attributes {DEAD}": {
        "Attributes": {"QueueArn": "arn:signals-dead", "ApproximateNumberOfMessages": "0"}
    },
    "lambda:get_function_configuration": {
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Environment": {"Variables": {"RECORDS_TABLE": "records", "SIGNALS_TABLE": "signals"}},
    },
    "lambda:get_event_source_mapping": {"State": "Enabled", "EventSourceArn": "arn:aws:sqs:eu-west-1:1:signals"},
    "lambda:get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
    "scheduler:get_schedule": {"State": "ENABLED", "ScheduleExpression": "cron(10 0 * * ? *)"},
    "cloudwatch:get_metric_statistics Invocations": {"Datapoints": [{"Sum": 1.0}]},
    "cloudwatch:get_metric_statistics Errors": {"Datapoints": [{"Sum": 0.0}]},
    "cloudwatch:get_metric_statistics ApproximateAgeOfOldestMessage": {"Datapoints": [{"Maximum": 60.0}]},
    "cloudwatch:describe_alarms": {
        "MetricAlarms": [
            {
                "AlarmName": "alarm",
                "StateValue": "OK",
                "AlarmActions": ["arn:topic"],
                "ActionsEnabled": True,
                "AlarmDescription": "read the log",
            },
            {
                "AlarmName": "oldest message",
                "StateValue": "OK",
                "AlarmActions": ["arn:topic"],
                "ActionsEnabled": True,
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": "signals"}],
                "Threshold": 1480.0,
            },
        ]
    },
    "logs:describe_log_groups": {"logGroups": [{"logGroupName": "group", "retentionInDays": 90}]},
    "sns:list_subscriptions_by_topic": {"Subscriptions": [{"SubscriptionArn": "arn:aws:sns:eu-west-1:1:topic:2"}]},
}

RESOURCES = {
    "AWS::Lambda::Function": [RUN],
    "AWS::Lambda::EventSourceMapping": ["mapping"],
    "AWS::Scheduler::Schedule": ["schedule"],
    "AWS::Logs::LogGroup": ["group"],
    "AWS::CloudWatch::Alarm": ["alarm", "oldest message"],
    "AWS::SNS::Topic": ["arn:topic"],
}


def deployed(*, status: str = "UPDATE_COMPLETE") -> Deployed:
    tables_and_queues = {"AWS::DynamoDB::Table": ["made-by-the-stack"], "AWS::SQS::Queue": [QUEUE, DEAD]}
    return Deployed(
        data=Stack("owed-prod-data", "CREATE_COMPLETE", {}, tables_and_queues),
        service=Stack("owed-prod-service", status, {"AdminFunctionName": "admin"}, RESOURCES),
        protected=True,
    )


class FakeAws:
    """Answers as the deployment that is well, but for what `break_` changed in its answers."""

    def __init__(self) -> None:
        self._answers = copy.deepcopy(WELL)
        self._raised: dict[str, Exception] = {}

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        names = {str(value) for value in parameters.values()}
        called = f"{service}:{operation}"
        if called in self._raised:
            raise self._raised[called]
        return next(
            answer
            for name, answer in self._answers.items()
            if name.split(" ")[0] == called and (" " not in name or name.split(" ")[1] in names)
        )

    def break_(self, name: str, change: Callable[[Any], object]) -> None:
        change(self._answers[name])

    def deny(self, service: str, operation: str) -> None:
        self._raised[f"{service}:{operation}"] = NotAllowedError(f"{service}:{operation}")

    def refuse(self, service: str, operation: str) -> None:
        self._raised[f"{service}:{operation}"] = AwsError("it is not there", "ResourceNotFoundException")
