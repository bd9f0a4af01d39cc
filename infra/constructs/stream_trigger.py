"""A function that is started by the changes of a table."""

import json

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import SqsDlq
from constructs import Construct

from infra import resources
from infra.constructs.billing_function import BillingFunction, FunctionDefaults
from infra.constructs.failure_queue import failure_queue

READS_STREAM = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
]


class StreamTrigger(Construct):
    """Written without the L2 event source: that one lets the role list the streams of all tables, by a wildcard.

    A batch that fails comes again as it is, for what fails is an outage: cut into pieces it would fail no less. How
    often, its age alone decides: Lambda counts no attempts unless it is told to. That something was given up in the end
    `dead_letters` tells; what it was, the invoices say (docs/webhooks.md).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        row: resources.Stream,
        stream_arn: str,
        function: BillingFunction,
        defaults: FunctionDefaults,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = failure_queue(self, of="a stream", demands_tls=defaults.stage.demands_tls)
        defaults.alarms.watch_lost_events(
            construct_id,
            self.dead_letters,
            advice=(
                f"{construct_id} gave up on changes of invoices after {row.max_age_hours} hours, and no webhook was "
                "told of them: mend the cause, then for each organization: owed announce ORG --since DAY, the day on "
                "which it began; see docs/webhooks.md."
            ),
        )
        defaults.alarms.watch_stream(construct_id, function.function)
        defaults.alarms.watch_parked(construct_id, function.function)
        function.allow(READS_STREAM, stream_arn)
        # The destination grants the role to send to this queue, and nothing else.
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=function.function,
            event_source_arn=stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=row.batch_size,
            max_batching_window=Duration.seconds(row.batch_window_seconds),
            max_record_age=Duration.hours(row.max_age_hours),
            bisect_batch_on_error=False,
            on_failure=SqsDlq(self.dead_letters),
            filters=[_only(row)],
        )


def _only(row: resources.Stream) -> dict[str, str]:
    """Lambda drops the other changes without starting the function; it filters streams by `dynamodb` alone."""
    keys = {row.table.sort.name: {row.table.sort.type.value: [{"prefix": prefix} for prefix in row.sort_prefixes]}}
    return {"pattern": json.dumps({"dynamodb": {"Keys": keys}})}
