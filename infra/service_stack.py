"""Everything that can be deleted and made again: API, functions, triggers, schedule, alarms."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Acknowledgment, CfnOutput, IgnoreMode, IStackSynthesizer, Stack, Validations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import resources
from infra.constructs.billing_function import BillingFunction, FunctionDefaults
from infra.constructs.daily_schedule import DailySchedule
from infra.constructs.http_api import PublicHttpApi
from infra.constructs.operator_alarms import OperatorAlarms
from infra.constructs.pascal_case import pascal_case
from infra.constructs.wheel_layers import WheelLayers
from infra.data_stack import DataStack
from infra.grants import EMULATOR_ASKS_FOR, GRANTS, Grant
from infra.layers import PROJECT
from infra.settings import Stage

ONLY_FUNCTIONS = ["*", "!functions", "!functions/**", "**/__pycache__"]


class ServiceStack(Stack):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: DataStack,
        layers: Path,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Owed ({stage.name}): API, functions, schedule and alarms",
            synthesizer=synthesizer,
        )
        self._data = data
        alarms = OperatorAlarms(self, "Alarms", demands_tls=stage.demands_tls)
        names = dict.fromkeys(layer for row in resources.FUNCTIONS for layer in row.layers)
        defaults = FunctionDefaults(
            stage=stage,
            code=lambda_.Code.from_asset(str(PROJECT), exclude=ONLY_FUNCTIONS, ignore_mode=IgnoreMode.GIT),
            layers=WheelLayers(self, "Layers", names=names, folder=layers).by_name,
            environment=self._environment(),
            alarms=alarms,
        )
        self.functions = {row.name: BillingFunction(self, row=row, defaults=defaults) for row in resources.FUNCTIONS}
        self._grant(stage)
        self._join_queues(alarms)
        scheduled = self.functions[resources.SCHEDULED_FUNCTION].function
        DailySchedule(
            self,
            "BillingRun",
            expression=resources.SCHEDULED_RUN_TIME,
            function=scheduled,
            alarms=alarms,
            demands_tls=stage.demands_tls,
        )
        api = PublicHttpApi(
            self,
            "PublicApi",
            stage=stage,
            routes=resources.ROUTES,
            default=resources.DEFAULT_FUNCTION,
            functions={name: made.function for name, made in self.functions.items()},
        )
        alarms.watch_server_errors("PublicApi", api.api)
        self._output(
            {
                "ApiUrl": f"{api.api.api_endpoint}{resources.API_PREFIX}",
                "ApiId": api.api.api_id,
                "AdminFunctionName": self.functions["admin"].function.function_name,
                "DocumentsBucketName": data.buckets[resources.DOCUMENTS].bucket_name,
                "AlarmTopicArn": alarms.topic.topic_arn,
            }
        )

    def _environment(self) -> Mapping[str, str]:
        return {
            **{row.env: table.table_name for row, table in self._data.tables.items()},
            **{row.env: bucket.bucket_name for row, bucket in self._data.buckets.items()},
            **{row.env: queue.queue_url for row, queue in self._data.every_queue.items()},
        }

    def _grant(self, stage: Stage) -> None:
        extra = EMULATOR_ASKS_FOR if stage.emulated else {}
        for name, grants in GRANTS.items():
            for grant in grants:
                actions = [*grant.actions, *(extra[action] for action in grant.actions if action in extra)]
                self.functions[name].allow(actions, self._arn(grant.on) + grant.part)
                if grant.part.endswith("*"):
                    self._explain_wildcard(self.functions[name], grant)

    def _arn(self, row: resources.Table | resources.Queue | resources.Bucket) -> str:
        match row:
            case resources.Table():
                return self._data.tables[row].table_arn
            case resources.Bucket():
                return self._data.buckets[row].bucket_arn
            case resources.Queue():
                return self._data.every_queue[row].queue_arn

    def _explain_wildcard(self, function: BillingFunction, grant: Grant) -> None:
        # cdk-nag wants the very resource acknowledged, and names it by its export from the other stack.
        imported = self.resolve(self._data.export_value(self._arn(grant.on)))
        Validations.of(function).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::{imported['Fn::ImportValue']}{grant.part}]",
                reason="The objects of all organizations lie below one prefix, and their names are not known here.",
            )
        )

    def _join_queues(self, alarms: OperatorAlarms) -> None:
        for row, made in self._data.queues.items():
            name = f"{pascal_case(row.name)}Queue"
            if row.dead_letters is None:
                alarms.watch_dead_letters(name, made.dead_letters)
            else:
                alarms.watch_unread_dead_letters(name, made.dead_letters)
            # Two deliveries' time: anything older has failed at least once.
            alarms.watch_oldest_message(name, made.queue, seconds=2 * row.visibility_seconds)
        for function in resources.FUNCTIONS:
            if function.trigger:
                queue = self._data.every_queue[function.trigger]
                self.functions[function.name].consume(queue, row=function.trigger)
            if function.trigger in resources.DEAD_LETTERS:
                alarms.watch_shelf(pascal_case(function.name), self.functions[function.name].function)

    def _output(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            CfnOutput(self, name, value=value)
