"""Dead letters of the signal queue → kept for ever, accounted for, and ready to be sent again (`owed redrive`)."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions.runtime.metrics import Metric, count
from functions.runtime.queue import BatchAnswer, handle_each
from functions.runtime.signal_envelope import read_message
from functions.wiring import settling

logger = Logger(service="owed")

GIVEN_UP = "each delivery of the message failed; the log of rate_signals says why"
UNREADABLE = "the message cannot be read"


def handler(event: Mapping[str, Any], context: object) -> BatchAnswer:
    del context
    return handle_each(event, _shelve)


def _shelve(body: str) -> None:
    message = read_message(body)
    reason = UNREADABLE if message.organization_id is None else GIVEN_UP
    settlement = settling.shelve_message()(message, reason=reason)
    count({Metric.SIGNALS_REJECTED: settlement.signals})
    logger.warning(
        "message shelved",
        extra={
            "organization_id": message.organization_id,
            "signal_message": settlement.message,
            "signals": settlement.signals,
            "kept_at": settlement.kept_at,
        },
    )
