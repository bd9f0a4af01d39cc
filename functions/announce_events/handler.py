"""Stream of the records table → webhook queue: what was committed, and nothing else."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.invoicing.happenings import happenings
from functions.billing.models.webhook import Announcement
from functions.runtime.metrics import Metric, count
from functions.runtime.queue import BatchAnswer, answer, succeeds
from functions.runtime.webhook_envelope import announcement
from functions.wiring import announcing

logger = Logger(service="owed")


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    """Answers with the first change that cannot be read: it and those after it come again, those before it do not."""
    del context
    happened: list[Announcement] = []
    failed: list[str] = []
    for record in event["Records"]:
        position = record["dynamodb"]["SequenceNumber"]
        if not succeeds(_collect, record, happened, sequence_number=position):
            failed.append(position)
            break
    announced = announcing.announce_events()(happened)
    count({Metric.EVENTS_ANNOUNCED: len(announced)})
    for sent in announced:
        logger.info(
            "event announced",
            extra={"organization_id": sent.organization_id, "event": sent.event, "webhook_id": sent.id},
        )
    return answer(failed)


def _collect(record: Mapping[str, Any], happened: list[Announcement]) -> None:
    change = announcing.invoice_change(record)
    if change is not None:
        happened += [announcement(happening) for happening in happenings(change)]
