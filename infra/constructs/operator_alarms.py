"""The alarms an operator can subscribe to, all on one topic."""

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import resources
from infra.constructs.measurements import own_metric, table_metric
from infra.constructs.pascal_case import pascal_case

FIVE_MINUTES = Duration.minutes(5)
HOUR = Duration.hours(1)

MOST_IN_FLIGHT = 80_000
"""Messages of a queue that were received and not deleted, of the 120,000 at which SQS gives no more."""

STREAM_MAY_WAIT = Duration.hours(1)
"""Of the 24 that a stream keeps a change."""

CHECKED_WITHIN_HOURS = 26
"""A day, and two hours for a check that is tried again."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What is alarming: values above `limit`, or below it, in each period of so many; and what a missing one means."""

    limit: int = 0
    operator: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
    periods: int = 1
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


ANYTHING = Breach()
UNTIL_TOLD_OTHERWISE = Breach(missing=cloudwatch.TreatMissingData.IGNORE)
SILENCE = Breach(
    limit=1,
    operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    periods=CHECKED_WITHIN_HOURS,
    missing=cloudwatch.TreatMissingData.BREACHING,
)


class OperatorAlarms(Construct):
    """Each alarm says what to do about it, with the command; silence means that nothing happened, unless it says else.

    The topic has no key of its own: alarm texts name functions and queues, never customers, and CloudWatch
    cannot publish through the free AWS-managed key.
    """

    def __init__(self, scope: Construct, construct_id: str, *, demands_tls: bool) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=demands_tls)
        # Demanding TLS gives the topic a policy of its own, which replaces the default one that let alarms in.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        self._notify = actions.SnsAction(self.topic)

    def watch_errors(self, name: str, function: lambda_.Function) -> None:
        self._alarm(
            f"{name}Errors",
            metric=function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
            advice=f"{name} raised an error: {_read_log(function)}.",
        )

    def watch_server_errors(self, name: str, api: apigateway.HttpApi) -> None:
        """The API's functions answer a fault with 500 instead of raising, so their own error count misses it."""
        self._alarm(
            f"{name}ServerErrors",
            metric=api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            advice=f"{name} answered with a 5xx: the access log names the request, its function's log the fault.",
        )

    def watch_function_throttles(self) -> None:
        """Of the whole account and region, for our functions have no limits but the one that all of it shares."""
        self._alarm(
            "FunctionThrottles",
            metric=lambda_.Function.metric_all_throttles(period=FIVE_MINUTES, statistic="Sum"),
            advice=(
                "Lambda turned calls away, of Owed or of what else runs in this region: the account's concurrency is "
                "used up. Look at it: aws lambda get-account-settings; then ask for more in Service Quotas."
            ),
        )

    def watch_throttles(self, row: resources.Table, table: dynamodb.ITable) -> None:
        """Of the table and of each index, whose throttles hold up the writes to the table."""
        for part in (None, *row.indexes):
            for kind in ("Read", "Write"):
                name = pascal_case(f"{row.name}_{part.name}" if part else row.name)
                self._alarm(
                    f"{name}{kind}Throttles",
                    metric=table_metric(
                        table, f"{kind}ThrottleEvents", index=part.name if part else None, period=FIVE_MINUTES
                    ),
                    advice=(
                        f"DynamoDB turned {kind.lower()}s of {name} away. They are tried again, and nothing is lost. "
                        f"If it goes on, look which limit it is: aws dynamodb describe-table --table-name "
                        f"{table.table_name}; one key takes 1,000 writes or 3,000 reads a second, whatever the limit."
                    ),
                )

    def watch_dead_letters(self, name: str, queue: sqs.IQueue) -> None:
        self._alarm(
            f"{name}DeadLetters",
            metric=queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
            advice=(
                f"{name} gave up on a message: mend the cause, then redrive its dead-letter queue: "
                f"aws sqs start-message-move-task --source-arn {queue.queue_arn}."
            ),
        )

    def watch_unread_dead_letters(self, name: str, queue: sqs.IQueue) -> None:
        """Of dead letters that a function takes at once: what lies there for five minutes is not taken."""
        self._alarm(
            f"{name}DeadLetters",
            metric=queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Minimum"),
            advice=f"{name} gave up on messages that nobody keeps: mend the function that should, within 14 days.",
        )

    def watch_lost_events(self, name: str, queue: sqs.IQueue, *, advice: str) -> None:
        """Of what is no queue, a schedule or a stream: there is nothing to redrive its dead letters into."""
        self._alarm(
            f"{name}DeadLetters",
            metric=queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
            advice=advice,
        )

    def watch_shelf(self, name: str, function: lambda_.IFunction) -> None:
        """Of a function that has nothing to do unless something is wrong."""
        self._alarm(
            f"{name}Invoked",
            metric=function.metric_invocations(period=FIVE_MINUTES, statistic="Sum"),
            advice=f"{name} kept messages that were given up: mend the cause, then redrive them (owed redrive).",
        )

    def watch_oldest_message(self, name: str, queue: sqs.IQueue, *, seconds: int) -> None:
        self._alarm(
            f"{name}OldestMessage",
            metric=queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, statistic="Maximum"),
            breach=Breach(seconds),
            advice=f"{name} falls behind: its consumer is failing, throttled or too slow, and its log says which.",
        )

    def watch_messages_in_flight(self, name: str, queue: sqs.IQueue) -> None:
        """Of a queue whose messages are hidden for hours between two deliveries: they count as in flight."""
        self._alarm(
            f"{name}InFlight",
            metric=queue.metric_approximate_number_of_messages_not_visible(period=FIVE_MINUTES, statistic="Maximum"),
            breach=Breach(MOST_IN_FLIGHT),
            advice=(
                f"{name} has more than {MOST_IN_FLIGHT:,} messages that wait for another delivery; at 120,000 SQS "
                "gives none any more. Find whose receiver is dead in the log of its consumer (webhook not delivered), "
                "and disable that webhook: see docs/webhooks.md."
            ),
        )

    def watch_parked(self, name: str, function: lambda_.Function) -> None:
        """The function tells what it parks and not what still lies there, which `owed doctor` does."""
        self._alarm(
            f"{name}Parked",
            metric=own_metric("EventsParked", function, statistic="Sum", period=FIVE_MINUTES),
            breach=UNTIL_TOLD_OTHERWISE,
            advice=(
                f"{name} met changes that it cannot announce and put them into the bucket of documents, below "
                f"dead-letters/announce_events/: {_read_log(function)}. Deploy the repair, then: owed announce "
                "--parked. This alarm stays on until it is told: aws cloudwatch set-alarm-state --state-value OK "
                "--state-reason announced --alarm-name THIS; see docs/webhooks.md."
            ),
        )

    def watch_stream(self, name: str, function: lambda_.Function) -> None:
        self._alarm(
            f"{name}StreamAge",
            metric=function.metric("IteratorAge", period=FIVE_MINUTES, statistic="Maximum"),
            breach=Breach(int(STREAM_MAY_WAIT.to_milliseconds())),
            advice=f"{name} falls behind its stream, which forgets a change after 24 hours: {_read_log(function)}.",
        )

    def watch_billing_run(self, *, starting: lambda_.Function, checking: lambda_.Function) -> None:
        """That the run did not finish, until a check finds it finished; and that nobody has checked."""
        unfinished = own_metric("BillingRunUnfinished", checking, statistic="Maximum", period=HOUR)
        again = f"aws lambda invoke --function-name {starting.function_name}"
        self._alarm(
            "BillingRunUnfinished",
            metric=unfinished,
            breach=UNTIL_TOLD_OTHERWISE,
            advice=(
                f"At 02:00 UTC orders were due and not billed: {_read_log(checking)} names them, the log of "
                f"generate_invoices says why. Starting the run again is safe: {again} --cli-binary-format "
                'raw-in-base64-out --payload \'{"as_of": "YYYY-MM-DD"}\' /dev/stdout.'
            ),
        )
        self._alarm(
            "BillingRunUnchecked",
            metric=own_metric("BillingRunUnfinished", checking, statistic="SampleCount", period=HOUR),
            breach=SILENCE,
            advice=(
                f"For {CHECKED_WITHIN_HOURS} hours nobody has looked whether the billing run finished (so it is until "
                f"the first 02:00 UTC after a deployment): {_read_log(checking)}, and look whether the schedules are "
                "enabled: aws scheduler list-schedules."
            ),
        )

    def _alarm(self, construct_id: str, *, metric: cloudwatch.IMetric, advice: str, breach: Breach = ANYTHING) -> None:
        cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=breach.limit,
            comparison_operator=breach.operator,
            evaluation_periods=breach.periods,
            treat_missing_data=breach.missing,
            alarm_description=advice,
        ).add_alarm_action(self._notify)


def _read_log(function: lambda_.Function) -> str:
    return f"aws logs tail --since 1d {function.log_group.log_group_name}"
