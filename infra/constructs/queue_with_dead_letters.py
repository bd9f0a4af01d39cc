"""A queue and the queue that catches what it could not deliver; both survive their stack."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import resources


class QueueWithDeadLetters(Construct):
    """A message here may be an unrated signal, so both queues are retained and keep messages as long as SQS can.

    A dead letter keeps the age it had: its retention must not be shorter than the source's. Where no function reads
    the dead letters, an operator does, and SQS's own time to look at one is enough.
    """

    def __init__(self, scope: Construct, construct_id: str, *, row: resources.Queue, demands_tls: bool) -> None:
        super().__init__(scope, construct_id)
        retention = Duration.days(row.retention_days)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            visibility_timeout=Duration.seconds(row.dead_letters.visibility_seconds) if row.dead_letters else None,
            retention_period=retention,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=demands_tls,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(row.visibility_seconds),
            retention_period=retention,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=demands_tls,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=row.max_receives),
            removal_policy=RemovalPolicy.RETAIN,
        )
