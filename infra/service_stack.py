"""Everything that can be deleted and made again: API, functions, triggers, schedule, alarms."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Acknowledgment, CfnOutput, IStackSynthesizer, Stack, Validations
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import bytecode, resources
from infra.constructs.billing_function import BillingFunction, FunctionDefaults
from infra.constructs.daily_schedule import DailySchedule
from infra.constructs.dashboard import Dashboard, Watched
from infra.constructs.function_code import function_code
from infra.constructs.http_api import PublicHttpApi
from infra.constructs.operator_alarms import OperatorAlarms
from infra.constructs.pascal_case import pascal_case
from infra.constructs.stream_trigger import StreamTrigger
from infra.constructs.wheel_layers import WheelLayers
from infra.data_stack import DataStack
from infra.grants import EMULATOR_ASKS_ANYWHERE, EMULATOR_ASKS_FOR, GRANTS, Grant
from infra.settings import Stage


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
            # ministack runs functions on the interpreter it runs on itself.
            code=function_code(self, python=bytecode.HERE if stage.emulated else bytecode.LAMBDA),
            layers=WheelLayers(self, "Layers", names=names, folder=layers).by_name,
            environment=self._environment(),
            alarms=alarms,
        )
        self.functions = {row.name: BillingFunction(self, row=row, defaults=defaults) for row in resources.FUNCTIONS}
        self._grant(stage)
        self._join_queues(alarms)
        self.lost_events = self._join_streams(defaults)
        for name, time, function in (
            ("BillingRun", resources.SCHEDULED_RUN_TIME, resources.SCHEDULED_FUNCTION),
            ("BillingRunCheck", resources.SCHEDULED_CHECK_TIME, resources.CHECKING_FUNCTION),
        ):
            self.lost_events[name] = DailySchedule(
                self,
                name,
                expression=time,
                function=self.functions[function].function,
                alarms=alarms,
                demands_tls=stage.demands_tls,
            ).dead_letters
        api = PublicHttpApi(
            self,
            "PublicApi",
            stage=stage,
            routes=resources.ROUTES,
            default=resources.DEFAULT_FUNCTION,
            functions={name: made.function for name, made in self.functions.items()},
        )
        alarms.watch_server_errors("PublicApi", api.api)
        self._watch(alarms)
        Dashboard(self, "Overview", watched=self._watched(api.api))
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
        for name, grants in GRANTS.items():
            for grant in grants:
                # ministack knows no keys of items in policies, and would refuse.
                partitions = "" if stage.emulated else grant.partitions
                resource = self._arn(grant.on) + grant.part
                self.functions[name].allow([*grant.actions], resource, partitions=partitions)
                if stage.emulated:
                    self._please_emulator(self.functions[name], grant, resource=resource)
                if grant.part.endswith("*"):
                    self._explain_wildcard(self.functions[name], grant)

    def _please_emulator(self, function: BillingFunction, grant: Grant, *, resource: str) -> None:
        for asked in (EMULATOR_ASKS_FOR[action] for action in grant.actions if action in EMULATOR_ASKS_FOR):
            function.allow([asked], "*" if asked in EMULATOR_ASKS_ANYWHERE else resource)

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
            late = row.late_after_seconds or 2 * row.visibility_seconds
            alarms.watch_oldest_message(name, made.queue, seconds=late)
            if row.sets_delays:
                alarms.watch_messages_in_flight(name, made.queue)
        for function in resources.FUNCTIONS:
            if function.trigger:
                queue = self._data.every_queue[function.trigger]
                self.functions[function.name].consume(queue, row=function.trigger)
            if function.trigger in resources.DEAD_LETTERS:
                alarms.watch_shelf(pascal_case(function.name), self.functions[function.name].function)

    def _join_streams(self, defaults: FunctionDefaults) -> dict[str, sqs.IQueue]:
        """The queues that tell what was given up, by the functions that gave up."""
        lost: dict[str, sqs.IQueue] = {}
        for function in resources.FUNCTIONS:
            if function.stream:
                lost[function.name] = StreamTrigger(
                    self,
                    f"{pascal_case(function.name)}Stream",
                    row=function.stream,
                    stream_arn=self._data.streams[function.stream.table],
                    function=self.functions[function.name],
                    defaults=defaults,
                ).dead_letters
        return lost

    def _watch(self, alarms: OperatorAlarms) -> None:
        alarms.watch_function_throttles()
        for row, table in self._data.tables.items():
            alarms.watch_throttles(row, table)
        alarms.watch_billing_run(
            starting=self.functions[resources.SCHEDULED_FUNCTION].function,
            checking=self.functions[resources.CHECKING_FUNCTION].function,
        )

    def _watched(self, api: apigateway.HttpApi) -> Watched:
        dead_letters = {row.name: made.dead_letters for row, made in self._data.queues.items()}
        return Watched(
            api=api,
            functions={name: made.function for name, made in self.functions.items()},
            queues={row: made.queue for row, made in self._data.queues.items()},
            dead_letters={**dead_letters, **self.lost_events},
            tables=self._data.tables,
        )

    def _output(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            CfnOutput(self, name, value=value)
