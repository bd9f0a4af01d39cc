"""Webhooks as they are set up."""

from functools import cache

from functions.adapters.dynamodb.webhooks import DynamoWebhooks
from functions.billing.models.receiver_url import parsed_url
from functions.runtime import settings
from functions.wiring import aws


@cache
def webhooks() -> DynamoWebhooks:
    return DynamoWebhooks(aws.records())


def check_receiver_url(url: str) -> None:
    """Raises InvalidInput for what can be told from the URL alone; the rest shows when something is sent."""
    parsed_url(url, anywhere=settings.webhooks_go_anywhere())
