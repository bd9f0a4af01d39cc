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
    read = [(record, ids) for record in event["Records"] if (ids := _read(record, announce)) is not None]
    sent = announce.send()
    refused = [record for record, ids in read if ids & sent.refused]
    for record in refused:
        _park(record, error="refused by the queue for good")
    parked = len(event["Records"]) - len(read) + len(refused)
    count({Metric.EVENTS_ANNOUNCED: len(sent.announcements), Metric.EVENTS_PARKED: parked})
    for each in sent.announcements:
        logger.info(
            "event announced",
            extra={"organization_id": each.organization_id, "event": each.event, "webhook_id": each.id},
        )
    return {"announced": len(sent.announcements), "parked": parked}


def _read(record: Mapping[str, Any], announce: AnnounceEvents) -> set[str] | None:
    """The ids of what happened; None of a change that fails by itself, which is parked.

    It would fail for ever, and all those behind it would wait.
    """
    try:
        happened = _happened(record)
        announce.add(happened)
    except Exception as error:
        if announcing.is_outage(error):
            raise
        # Where the error came from, without its words: in those there may be something of the change.
        _park(record, error=type(error).__name__, raised_at=format_tb(error.__traceback__))
        return None
    return {each.id for each in happened}


def _happened(record: Mapping[str, Any]) -> list[Announcement]:
    change = announcing.change_of(record)
    return [] if change is None else [announcement(happening) for happening in happenings(change)]


def _park(record: Mapping[str, Any], **reason: object) -> None:
    kept_at = announcing.parked_changes().keep(record)
    logger.error(
        "change parked",
        extra={
            "sequence_number": record["dynamodb"]["SequenceNumber"],
            "keys": record["dynamodb"].get("Keys"),
            "kept_at": kept_at,
            **reason,
        },
    )
