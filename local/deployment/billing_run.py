"""The schedule does its work: the message that asks for the invoices is lost, and the run of the day finds them due."""

import json
from datetime import UTC, datetime

from infra.resources import DOCUMENTS, FUNCTIONS, INVOICE_QUEUE, SCHEDULED_FUNCTION
from local.deployment.deployed import Deployed
from local.deployment.journey import DUE, Journey
from local.deployment.waiting import check, until

COPY = "owed-due-now"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""EventBridge Scheduler's own word for it; the construct that deploys it cannot be imported without starting Node."""


def lose_the_request(deployed: Deployed, journey: Journey) -> str:
    """Activates the order while nobody reads the invoice queue, and empties that."""
    sqs, functions = deployed.clients.sqs, deployed.clients.functions
    url, consumer = deployed.name_of(INVOICE_QUEUE), deployed.consumer_of(INVOICE_QUEUE)
    functions.update_event_source_mapping(UUID=consumer, Enabled=False)
    journey.activate()
    check("messages that ask for invoices", deployed.queue_attributes(url)["ApproximateNumberOfMessages"], "1")
    sqs.purge_queue(QueueUrl=url)
    functions.update_event_source_mapping(UUID=consumer, Enabled=True)
    return "active, and its invoices not asked for"


def run_on_schedule(deployed: Deployed, journey: Journey) -> str:
    """Lets the Scheduler fire a copy of the deployed schedule's target that is due now."""
    scheduler = deployed.clients.scheduler
    schedule = scheduler.get_schedule(Name=_schedule(deployed))
    check("invoices before the run", len(journey.invoices()), 0)
    now = datetime.now(UTC)
    # The one thing ministack's Scheduler does not do: put the time into the input.
    event = json.loads(schedule["Target"]["Input"].replace(SCHEDULED_TIME, f"{now:%Y-%m-%dT%H:%M:%SZ}"))
    scheduler.create_schedule(
        Name=COPY,
        ScheduleExpression=f"at({now:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=schedule["Target"] | {"Input": json.dumps(event)},
        ActionAfterCompletion="DELETE",
    )
    until(lambda: len(journey.invoices()) == len(DUE), "the invoices that fell due are there")
    return journey.check_invoices()


def check_documents(deployed: Deployed, journey: Journey) -> str:
    """JSON and PDF of each invoice lie in the bucket, and the API serves the same PDF."""
    s3, bucket = deployed.clients.s3, deployed.name_of(DOCUMENTS)

    def keys() -> dict[str, str]:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="invoices/").get("Contents", [])
        return {document["Key"].rpartition("/")[2]: document["Key"] for document in found}

    invoices = journey.invoices()
    wanted = {f"{invoice.display_number}.{kind}" for invoice in invoices for kind in ("json", "pdf")}
    until(lambda: wanted <= keys().keys(), "the documents of both invoices are written")
    for invoice in invoices:
        stored = {
            kind: s3.get_object(Bucket=bucket, Key=keys()[f"{invoice.display_number}.{kind}"])["Body"].read()
            for kind in ("json", "pdf")
        }
        check("the number in the JSON", str(invoice.display_number) in stored["json"].decode(), True)  # noqa: FBT003
        check("the beginning of the PDF", stored["pdf"][:5], b"%PDF-")
        check("the PDF that the API serves", journey.pdf(invoice) == stored["pdf"], True)  # noqa: FBT003
    return f"{len(wanted)} documents"


def _schedule(deployed: Deployed) -> str:
    (row,) = (row for row in FUNCTIONS if row.name == SCHEDULED_FUNCTION)
    arn = deployed.function(row)["FunctionArn"]
    schedules = deployed.clients.scheduler.list_schedules()["Schedules"]
    (name,) = (schedule["Name"] for schedule in schedules if schedule["Target"]["Arn"] == arn)
    return str(name)
