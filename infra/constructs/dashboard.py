"""One page that shows whether all is well: CloudWatch's first three dashboards of an account are free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import resources
from infra.constructs.measurements import own_metric, table_metric
from infra.metrics import functions_of

MINUTE, FIVE_MINUTES, HOUR = Duration.minutes(1), Duration.minutes(5), Duration.hours(1)

WIDTH = 24
"""Columns of a dashboard; graphs stand three in a row."""

HEIGHT = 6

SIGNALS = (
    "SignalsAccepted",
    "SignalsCounted",
    "SignalsDuplicate",
    "SignalsUnattributed",
    "SignalsRejected",
    "SignalsFailed",
)
BILLING_RUN = ("OrdersDue", "InvoicesCreated", "InvoicesPosted", "DocumentsStored", "BillingRunUnfinished")
WEBHOOKS = ("EventsAnnounced", "EventsParked", "WebhooksDelivered", "WebhooksFailed")


@dataclass(frozen=True, slots=True)
class Watched:
    """What the dashboard shows, by the rows of `resources` or their names: a new row appears by itself."""

    api: apigateway.HttpApi
    functions: Mapping[str, lambda_.Function]
    queues: Mapping[resources.Queue, sqs.IQueue]
    dead_letters: Mapping[str, sqs.IQueue]
    tables: Mapping[resources.Table, dynamodb.ITable]


class Dashboard(Construct):
    """Top to bottom: what came in, what became of it, what waits, what failed."""

    def __init__(self, scope: Construct, construct_id: str, *, watched: Watched) -> None:
        super().__init__(scope, construct_id)
        self._watched = watched
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.hours(12))
        for row in (self._signals(), self._api(), self._queues(), self._functions(), self._billing(), self._tables()):
            self.dashboard.add_widgets(*row)

    def _signals(self) -> list[cloudwatch.IWidget]:
        return [
            _graph("Signals a minute", self._own(SIGNALS, period=MINUTE), width=16),
            _graph(
                "Seconds from received to counted, of the slowest",
                self._own(("SignalLag",), period=MINUTE, statistic="Maximum"),
            ),
        ]

    def _api(self) -> list[cloudwatch.IWidget]:
        api = self._watched.api
        latencies = [
            api.metric_latency(period=FIVE_MINUTES, statistic=f"p{part}", label=f"p{part}") for part in (50, 95, 99)
        ]
        return [
            _graph("Requests", [api.metric_count(period=FIVE_MINUTES, statistic="Sum", label="requests")]),
            _graph(
                "Refused (4xx) and failed (5xx)",
                [
                    api.metric_client_error(period=FIVE_MINUTES, statistic="Sum", label="4xx"),
                    api.metric_server_error(period=FIVE_MINUTES, statistic="Sum", label="5xx"),
                ],
            ),
            _graph("Milliseconds to answer", latencies),
        ]

    def _queues(self) -> list[cloudwatch.IWidget]:
        queues = self._watched.queues.items()
        return [
            _graph(
                "Age of the oldest message, in seconds",
                [
                    queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, label=row.name)
                    for row, queue in queues
                ],
            ),
            _graph("Messages waiting", [_depth(queue, label=row.name) for row, queue in queues]),
            _graph(
                "Dead letters: must be none",
                [_depth(queue, label=name) for name, queue in self._watched.dead_letters.items()],
            ),
        ]

    def _functions(self) -> list[cloudwatch.IWidget]:
        functions = self._watched.functions.items()
        return [
            _graph(
                "Errors of functions",
                [each.metric_errors(period=FIVE_MINUTES, label=name) for name, each in functions],
            ),
            _graph(
                "Throttles of functions",
                [each.metric_throttles(period=FIVE_MINUTES, label=name) for name, each in functions],
            ),
            _graph(
                "Milliseconds of functions, the longest",
                [
                    each.metric_duration(period=FIVE_MINUTES, statistic="Maximum", label=name)
                    for name, each in functions
                ],
            ),
        ]

    def _billing(self) -> list[cloudwatch.IWidget]:
        return [
            _graph("Billing run, by the hour", self._own(BILLING_RUN, period=HOUR), width=16),
            _graph("Webhooks", self._own(WEBHOOKS, period=FIVE_MINUTES)),
        ]

    def _tables(self) -> list[cloudwatch.IWidget]:
        return [
            _graph(
                "Throttles of tables and indexes",
                list(self._table_metrics("ReadThrottleEvents", "WriteThrottleEvents")),
            ),
            _graph("Units read", list(self._table_metrics("ConsumedReadCapacityUnits"))),
            _graph("Units written", list(self._table_metrics("ConsumedWriteCapacityUnits"))),
        ]

    def _own(self, names: Sequence[str], *, period: Duration, statistic: str = "Sum") -> list[cloudwatch.IMetric]:
        """Each metric of ours, of each function that writes it; with its function where several do."""
        functions = self._watched.functions
        return [
            own_metric(name, functions[function], statistic=statistic, period=period).with_(
                label=name if len(functions_of(name)) == 1 else f"{name} ({function})"
            )
            for name in names
            for function in functions_of(name)
        ]

    def _table_metrics(self, *names: str) -> Iterable[cloudwatch.IMetric]:
        for row, table in self._watched.tables.items():
            for index in (None, *(each.name for each in row.indexes)):
                for name in names:
                    what = name.removesuffix("Events").removesuffix("CapacityUnits")
                    yield table_metric(table, name, index=index, period=FIVE_MINUTES).with_(
                        label=" ".join(filter(None, (row.name, index, what)))
                    )


def _depth(queue: sqs.IQueue, *, label: str) -> cloudwatch.IMetric:
    return queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum", label=label)


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], *, width: int = WIDTH // 3) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        width=width,
        height=HEIGHT,
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
    )
