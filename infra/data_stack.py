"""What outlives every deployer: tables, documents and queues (a queued signal is revenue)."""

from collections.abc import Iterable, Mapping

from aws_cdk import IStackSynthesizer, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra import resources
from infra.constructs.pascal_case import pascal_case
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.queue_with_dead_letters import QueueWithDeadLetters
from infra.constructs.retained_table import RetainedTable
from infra.settings import RestoredTables, Stage


class DataStack(Stack):
    """Exposes what it made by its row in `resources`, so that no second name for it exists."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        restored: RestoredTables | None = None,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Owed ({stage.name}): tables, documents and queues; never delete",
            synthesizer=synthesizer,
            termination_protection=stage.protected,
        )
        made = {
            row: RetainedTable(self, f"{pascal_case(row.name)}Table", row=row, protected=stage.protected).table
            for row in resources.TABLES
        }
        self.tables: Mapping[resources.Table, dynamodb.ITable] = made if restored is None else self._in_place(restored)
        self.streams = {
            row: stream for row, table in self.tables.items() if (stream := table.table_stream_arn) is not None
        }
        if restored is not None:
            self._go_on_exporting(made.values())
        self.buckets = {
            row: PrivateBucket(
                self, f"{pascal_case(row.name)}Bucket", versioned=row.versioned, demands_tls=stage.demands_tls
            ).bucket
            for row in resources.BUCKETS
        }
        self.queues = {
            row: QueueWithDeadLetters(self, f"{pascal_case(row.name)}Queue", row=row, demands_tls=stage.demands_tls)
            for row in resources.QUEUES
        }
        self.every_queue = {row: made.queue for row, made in self.queues.items()} | {
            row.dead_letters: made.dead_letters for row, made in self.queues.items() if row.dead_letters
        }

    def _in_place(self, restored: RestoredTables) -> Mapping[resources.Table, dynamodb.ITable]:
        """The stack's own tables stay as they are, and nobody uses them."""
        return {
            resources.RECORDS: dynamodb.Table.from_table_attributes(
                self,
                "RestoredRecords",
                table_name=restored.records_table,
                table_stream_arn=restored.records_stream,
            ),
            resources.SIGNALS: dynamodb.Table.from_table_attributes(
                self, "RestoredSignals", table_name=restored.signals_table
            ),
        }

    def _go_on_exporting(self, tables: Iterable[dynamodb.Table]) -> None:
        """CloudFormation refuses to drop what the service imports until its own deployment, which comes after ours."""
        for table in tables:
            for value in (table.table_name, table.table_arn, table.table_stream_arn):
                if value is not None:
                    self.export_value(value)
