"""The queue that keeps what a schedule or a stream gave up on."""

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def failure_queue(scope: Construct, *, of: str, demands_tls: bool) -> sqs.Queue:
    """Keeps it for two weeks; `of` names, with its article, whose failures they are."""
    queue = sqs.Queue(
        scope,
        "DeadLetters",
        retention_period=Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=demands_tls,
    )
    Validations.of(queue).acknowledge(
        Acknowledgment(
            id="AwsSolutions-SQS3", reason=f"It is itself a dead-letter queue, of {of}, where the rule does not look."
        )
    )
    return queue
