"""A message that no consumer can read, put into each queue: where it ends, and that it ends there alone."""

from functools import partial

from infra.resources import DOCUMENTS, QUEUES, Queue
from local.deployment.deployed import Deployed
from local.deployment.waiting import until

POISON = "no message of ours"
IMPATIENT_SECONDS = "1"
"""In place of six minutes and more: a message comes back so much later, up to ten times, before it is given up."""


def poison_every_queue(deployed: Deployed) -> dict[str, str]:
    """Where it ended, by the queue's name: the only thing altered for it is how soon a failed message comes back."""
    sqs = deployed.clients.sqs
    patience = {}
    for row in QUEUES:
        url = deployed.name_of(row)
        patience[url] = deployed.queue_attributes(url)["VisibilityTimeout"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": IMPATIENT_SECONDS})
        sqs.send_message(QueueUrl=url, MessageBody=f"{POISON}: {row.name}")
    ended = {
        row.name: until(partial(_end_of, deployed, row), f"the {row.name} queue gives its poison up") for row in QUEUES
    }
    for url, seconds in patience.items():
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": seconds})
    return ended


def _end_of(deployed: Deployed, row: Queue) -> str:
    """Empty while it is on its way."""
    if row.dead_letters is None:
        return _dead_letter(deployed, row)
    return _kept(deployed, row)


def _dead_letter(deployed: Deployed, row: Queue) -> str:
    url = deployed.dead_letters_url(row)
    # Looked at without hiding it: an operator's redrive is to find it.
    messages = deployed.clients.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages", [])
    return "dead-letter queue" if [message["Body"] for message in messages] == [f"{POISON}: {row.name}"] else ""


def _kept(deployed: Deployed, row: Queue) -> str:
    s3, bucket = deployed.clients.s3, deployed.name_of(DOCUMENTS)
    for found in s3.list_objects_v2(Bucket=bucket, Prefix=f"dead-letters/{row.name}/").get("Contents", []):
        if s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read().decode() == f"{POISON}: {row.name}":
            return f"kept at {found['Key']}"
    return ""
