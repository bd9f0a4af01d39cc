"""Stream of the records table → webhook queue: what was committed, and nothing else."""

from collections.abc import Mapping
from traceback import format_tb
from typing import Any, TypedDict

from aws_lambda_powertools import Logger

from functions.billing.invoicing.happenings import happenings
from functions.billing.models.webhook import Announcement
from functions.billing.usecases.announce_events import AnnounceEvents
from functions.runtime.metrics import Metric, count
from functions.runtime.webhook_envelope import announcement
from functions.wiring import announcing

logger = Logger(service="owed")


class Announced(TypedDict):
    """For whoever calls this by hand; a stream asks for no answer."""

    announced: int
    parked: int


def handler(event: Mapping[str, Any], context: object) -> Announced:
    """Raises in an outage: then all of the changes come again, and what was sent is sent again under the same ids."""
    del context
    announce = announcing.announce_events()
    parked = sum(not _is_read(record, announce) for record in event["Records"])
    sent = announce.send()
    count({Metric.EVENTS_ANNOUNCED: len(sent), Metric.EVENTS_PARKED: parked})
    for each in sent:
        logger.info(
            "event announced",
            extra={"organization_id": each.organization_id, "event": each.event, "webhook_id": each.id},
        )
    return {"announced": len(sent), "parked": parked}


def _is_read(record: Mapping[str, Any], announce: AnnounceEvents) -> bool:
    """A change that fails by itself would fail for ever, and all those behind it would wait: it is parked."""
    try:
        announce.add(_happened(record))
    except Exception as error:
        if announcing.is_outage(error):
            raise
        _park(record, error)
        return False
    return True


def _happened(record: Mapping[str, Any]) -> list[Announcement]:
    change = announcing.invoice_change(record)
    return [] if change is None else [announcement(happening) for happening in happenings(change)]


def _park(record: Mapping[str, Any], error: Exception) -> None:
    """Logs where the error came from, without its words: in those there may be something of the change."""
    kept_at = announcing.parked_changes().keep(record)
    logger.error(
        "change parked",
        extra={
            "sequence_number": record["dynamodb"]["SequenceNumber"],
            "keys": record["dynamodb"].get("Keys"),
            "kept_at": kept_at,
            "error": type(error).__name__,
            "raised_at": format_tb(error.__traceback__),
        },
    )
