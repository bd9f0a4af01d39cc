"""The alarms an operator can subscribe to, all on one topic."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)


class OperatorAlarms(Construct):
    """Each alarm says what to do about it; silence from AWS means nothing happened, so missing data is not alarming.

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
            above=0,
            advice=f"{name} raised an error: read its log group.",
        )

    def watch_server_errors(self, name: str, api: apigateway.HttpApi) -> None:
        """The API's functions answer a fault with 500 instead of raising, so their own error count misses it."""
        self._alarm(
            f"{name}ServerErrors",
            metric=api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            advice=f"{name} answered with a 5xx: the access log names the request, its function's log the fault.",
        )

    def watch_dead_letters(self, name: str, queue: sqs.IQueue) -> None:
        self._alarm(
            f"{name}DeadLetters",
            metric=queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
            above=0,
            advice=f"{name} gave up on a message: mend the cause, then redrive its dead-letter queue.",
        )

    def watch_unread_dead_letters(self, name: str, queue: sqs.IQueue) -> None:
        """Of dead letters that a function takes at once: what lies there for five minutes is not taken."""
        self._alarm(
            f"{name}DeadLetters",
            metric=queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Minimum"),
            above=0,
            advice=f"{name} gave up on messages that nobody keeps: mend the function that should, within 14 days.",
        )

    def watch_shelf(self, name: str, function: lambda_.IFunction) -> None:
        """Of a function that has nothing to do unless something is wrong."""
        self._alarm(
            f"{name}Invoked",
            metric=function.metric_invocations(period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            advice=f"{name} kept messages that were given up: mend the cause, then redrive them (owed redrive).",
        )

    def watch_oldest_message(self, name: str, queue: sqs.IQueue, *, seconds: int) -> None:
        self._alarm(
            f"{name}OldestMessage",
            metric=queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, statistic="Maximum"),
            above=seconds,
            advice=f"{name} falls behind: its consumer is failing, throttled or too slow.",
        )

    def _alarm(self, construct_id: str, *, metric: cloudwatch.Metric, above: int, advice: str) -> None:
        cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=advice,
        ).add_alarm_action(self._notify)
