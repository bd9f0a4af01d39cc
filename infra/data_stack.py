"""What outlives every deployer: tables, documents and queues (a queued signal is revenue)."""

from aws_cdk import IStackSynthesizer, Stack
from constructs import Construct

from infra import resources
from infra.constructs.pascal_case import pascal_case
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.queue_with_dead_letters import QueueWithDeadLetters
from infra.constructs.retained_table import RetainedTable
from infra.settings import Stage


class DataStack(Stack):
    """Exposes what it made by its row in `resources`, so that no second name for it exists."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Owed ({stage.name}): tables, documents and queues; never delete",
            synthesizer=synthesizer,
            termination_protection=stage.protected,
        )
        self.tables = {
            row: RetainedTable(self, f"{pascal_case(row.name)}Table", row=row, protected=stage.protected).table
            for row in resources.TABLES
        }
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
