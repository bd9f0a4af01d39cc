"""Queue messages in: what fails comes back, what succeeds does not (`ReportBatchItemFailures`)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypedDict

from aws_lambda_powertools import Logger

logger = Logger(service="owed")


class Context(Protocol):
    """What of Lambda's context is used where a turn of many messages may run out of time."""

    def get_remaining_time_in_millis(self) -> int: ...


class FailedMessage(TypedDict):
    itemIdentifier: str


class BatchAnswer(TypedDict):
    batchItemFailures: list[FailedMessage]


def handle_each(event: Mapping[str, Any], handle: Callable[[str], None]) -> BatchAnswer:
    """Calls `handle` with each message's body; a message whose handling raises is delivered again."""
    failed = [
        record["messageId"]
        for record in event["Records"]
        if not succeeds(handle, record["body"], message_id=record["messageId"])
    ]
    return answer(failed)


def succeeds(handle: Callable[..., None], *arguments: object, **context: object) -> bool:
    """Whether `handle` ends well; if not, the reason is logged with `context` and the work must be delivered again."""
    try:
        handle(*arguments)
    except Exception:  # whatever went wrong, the message must come back and the others must go on
        logger.exception("message failed", extra=dict(context))
        return False
    return True


def answer(failed_message_ids: Iterable[str]) -> BatchAnswer:
    """The answer that makes SQS deliver these messages again, and no others."""
    return {"batchItemFailures": [{"itemIdentifier": i} for i in dict.fromkeys(failed_message_ids)]}
