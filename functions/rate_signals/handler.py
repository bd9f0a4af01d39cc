"""Signal queue → log → usage. A message that fails comes back whole; what it had appended is then a duplicate."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions import wiring
from functions.billing.models.segment import LogId
from functions.billing.models.signal import Signal
from functions.runtime.chance import real_now
from functions.runtime.queue import BatchAnswer, answer, succeeds

logger = Logger()

Delivery = tuple[str, Signal]
"""A signal and the id of the queue message that brought it."""


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    """Appends a whole delivery log by log, so that many small requests become few large segments."""
    del context
    logs: dict[LogId, list[Delivery]] = defaultdict(list)
    failed = [
        record["messageId"]
        for record in event["Records"]
        if not succeeds(_sort_into, logs, record, message_id=record["messageId"])
    ]
    for log, deliveries in logs.items():
        if not succeeds(_append, log, deliveries, customer_id=log.customer_id):
            failed += [message_id for message_id, _ in deliveries]
    return answer(failed)


def _sort_into(logs: dict[LogId, list[Delivery]], record: Mapping[str, Any]) -> None:
    """Puts a message's signals to the logs of their customers, who are created if need be."""
    batch = wiring.decode_batch(record["body"])
    now = wiring.organizations().get(batch.organization_id).now(real_now())
    customer_ids: dict[str | None, str] = {}
    for signal in batch.signals:
        reference = signal.customer_id or signal.external_customer_id
        if reference not in customer_ids:
            customer_ids[reference] = wiring.append_signals().customer_of(batch.organization_id, signal, now=now)
        log = LogId(batch.organization_id, customer_ids[reference])
        logs[log].append((record["messageId"], signal))


def _append(log: LogId, deliveries: list[Delivery]) -> None:
    """Appends, then brings usage to the log's end, also when nothing was new: an earlier try may have crashed."""
    now = wiring.organizations().get(log.organization_id).now(real_now())
    done = wiring.append_signals().append(log, [signal for _, signal in deliveries], now=now)
    wiring.advance_rating()(log.organization_id, log.customer_id)
    logger.info(
        "signals appended",
        extra={
            "organization_id": log.organization_id,
            "customer_id": log.customer_id,
            "appended": done.appended,
            "duplicates": done.duplicates,
        },
    )
