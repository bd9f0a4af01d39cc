"""EventBridge Scheduler calling one function once a day, with the time it was due."""

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.aws_lambda_destinations import SqsDestination
from constructs import Construct

from infra.constructs.failure_queue import failure_queue
from infra.constructs.operator_alarms import OperatorAlarms

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
RETRIES = 20
RETRY_FOR = Duration.hours(6)


class DailySchedule(Construct):
    """Written with the L1 schedule: the L2 target grants its role every version of the function, by a wildcard.

    Two things can fail, and both leave the event in `dead_letters`: Scheduler not reaching the function, and the
    function raising three times (Scheduler invokes it asynchronously and does not see that). Nothing is lost by
    it: the next day's run bills whatever is still due.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        expression: str,
        function: lambda_.Function,
        alarms: OperatorAlarms,
        demands_tls: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = failure_queue(self, of="a schedule", demands_tls=demands_tls)
        alarms.watch_lost_events(
            construct_id,
            self.dead_letters,
            advice=(
                f"{construct_id} did not start, or raised an error three times: its log says why. Nothing is lost: "
                "tomorrow's does what is still due, and starting it again is safe: aws lambda invoke --function-name "
                f"{function.function_name} --cli-binary-format raw-in-base64-out "
                '--payload \'{"as_of": "YYYY-MM-DD"}\' /dev/stdout.'
            ),
        )
        function.configure_async_invoke(on_failure=SqsDestination(self.dead_letters), retry_attempts=2)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=self._caller_of(function).role_arn,
                input=json.dumps({"as_of": SCHEDULED_TIME}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=RETRIES,
                    maximum_event_age_in_seconds=RETRY_FOR.to_seconds(),
                ),
            ),
        )

    def _caller_of(self, function: lambda_.Function) -> iam.Role:
        # Only schedules of this account may assume it: the guard against a confused deputy.
        own_account = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=own_account),
        )
        for action, resource in (
            ("lambda:InvokeFunction", function.function_arn),
            ("sqs:SendMessage", self.dead_letters.queue_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        return role
