"""Credit queue → are the credits used up? Each customer of a batch is looked at once, however many signals came.

So whoever sends signals without end is looked at every few seconds, and the rating waits for no such look.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aws_lambda_powertools import Logger

from functions.billing.periods import day_of
from functions.runtime.messages import WatchCreditsMessage
from functions.runtime.queue import BatchAnswer, Context, answer, succeeds
from functions.wiring import depleting

logger = Logger(service="owed")

STOPPING = Decimal("0.2")
"""The part of the turn's time that must be left to look at another customer; those who are not looked at come back."""


def handler(event: Mapping[str, Any], context: Context) -> BatchAnswer:
    """A customer's messages of one day come back together, or none of them does."""
    watched, time_left = _Watched(), context.get_remaining_time_in_millis
    all_of_it = time_left()
    failed = [
        record["messageId"]
        for record in event["Records"]
        if not succeeds(watched.add, record, message_id=record["messageId"])
    ]
    for message, message_ids in watched.asked.values():
        if time_left() < all_of_it * STOPPING or not succeeds(_notice, message, customer_id=message.customer):
            failed += message_ids
    return answer(failed)


class _Watched:
    """The latest message of each customer and day, and the ids of all of them."""

    def __init__(self) -> None:
        self.asked: dict[tuple[object, ...], tuple[WatchCreditsMessage, list[str]]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        message = WatchCreditsMessage.model_validate_json(record["body"])
        key = (message.organization, message.customer, day_of(message.at))
        latest, ids = self.asked.get(key, (message, []))
        self.asked[key] = (max(latest, message, key=lambda each: each.at), [*ids, record["messageId"]])


def _notice(message: WatchCreditsMessage) -> None:
    for each in depleting.notice_depletions()(message.organization, message.customer, at=message.at):
        logger.info(
            "credits depleted",
            extra={
                "organization_id": message.organization,
                "customer_id": each.customer_id,
                "credits_currency_id": each.credits_currency_id,
            },
        )
