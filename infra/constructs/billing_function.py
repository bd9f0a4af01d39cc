"""Every default of a Lambda function, once; a new function is one row in `resources`."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra import resources
from infra.constructs.operator_alarms import OperatorAlarms
from infra.constructs.pascal_case import pascal_case
from infra.settings import Stage

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


@dataclass(frozen=True, slots=True)
class FunctionDefaults:
    """What all functions of a stage share; `environment` holds every known variable, a row names the ones it gets."""

    stage: Stage
    code: lambda_.Code
    layers: Mapping[str, lambda_.ILayerVersion]
    environment: Mapping[str, str]
    alarms: OperatorAlarms


class BillingFunction(Construct):
    """The role starts with nothing but its own log group, instead of AWS's managed policy for all of them."""

    def __init__(self, scope: Construct, *, row: resources.Function, defaults: FunctionDefaults) -> None:
        name = pascal_case(row.name)
        super().__init__(scope, f"{name}Function")
        log_group = logs.LogGroup(
            self,
            "Log",
            retention=defaults.stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.allow(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn)
        self.function = lambda_.Function(
            self,
            "Function",
            code=defaults.code,
            handler=row.handler,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            memory_size=row.memory_mb,
            timeout=Duration.seconds(row.timeout_seconds),
            environment={variable: defaults.environment[variable] for variable in row.env},
            layers=[defaults.layers[layer] for layer in row.layers],
            role=self.role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel[defaults.stage.log_level],
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        defaults.alarms.watch_errors(name, self.function)
        Validations.of(self).acknowledge(
            Acknowledgment(
                id="AwsSolutions-L1",
                reason="The layers hold compiled wheels for CPython 3.13, so runtime and wheels move together.",
            )
        )

    def allow(self, actions: list[str], resource: str, *, partitions: str = "") -> None:
        """With `partitions` only on items of a table whose partition keys are like that pattern."""
        like = {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [partitions]},
            "Null": {"dynamodb:LeadingKeys": "false"},  # of no keys at all the clause above would be true
        }
        conditions = like if partitions else None
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions))

    def consume(self, queue: sqs.IQueue, *, row: resources.Queue) -> None:
        """One bad message fails alone; concurrency is capped so that a backlog cannot starve the API's functions."""
        self.function.add_event_source(
            SqsEventSource(
                queue,
                batch_size=row.batch_size,
                max_batching_window=Duration.seconds(row.batch_window_seconds),
                max_concurrency=row.max_concurrency,
                report_batch_item_failures=True,
            )
        )
