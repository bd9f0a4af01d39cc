"""Webhooks of an organization: their settings, and what became of each attempt to deliver."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from functions.adapters.dynamodb import keys
from functions.adapters.dynamodb.items import item_of, revision_of, value_of
from functions.adapters.dynamodb.table import ConditionsFailedError, Records
from functions.billing.errors import Busy
from functions.billing.ids import derived_id
from functions.billing.models.webhook import (
    DeliveryAttempt,
    LastAttempt,
    Webhook,
    WebhookEvent,
    WebhookSettings,
)
from functions.billing.ports import Page

KEPT_FOR = timedelta(days=30)
"""Attempts; then DynamoDB deletes them by itself, some time within the next two days."""

_MAX_TRIES = 20


class DynamoWebhooks:
    """Settings are one item; each attempt is an item of its own, so that two at once keep both."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def settings(self, organization_id: str) -> WebhookSettings:
        return self._load(organization_id)[0]

    def modify(self, organization_id: str, change: Callable[[WebhookSettings], WebhookSettings]) -> WebhookSettings:
        """Applies `change` to the newest settings, again if somebody else was faster. Raises what `change` raises."""
        key = keys.webhook_settings(organization_id)
        for _ in range(_MAX_TRIES):
            before, revision = self._load(organization_id)
            after = change(before)
            if after == before:
                return after
            try:
                self._records.put(item_of(key, after, revision=revision + 1), replaces=revision)
            except ConditionsFailedError:
                continue
            return after
        raise Busy("the webhooks are being changed by others, try again")

    def overview(self, organization_id: str) -> tuple[list[Webhook], WebhookSettings]:
        """All of them in the order of the contract, with their last attempts, in one read."""
        items = {item["sk"]["S"]: item for item in self._records.query(keys.webhooks_partition(organization_id))}
        stored = items.pop(keys.SETTINGS, None)
        settings = WebhookSettings() if stored is None else value_of(stored, WebhookSettings)
        last = {name: value_of(item, LastAttempt) for name, item in items.items()}
        return [webhook(organization_id, settings, event, last.get(event)) for event in WebhookEvent], settings

    def get(self, organization_id: str, event: WebhookEvent) -> Webhook:
        return next(each for each in self.overview(organization_id)[0] if each.event is event)

    def record(self, organization_id: str, attempt: DeliveryAttempt) -> None:
        """The attempt, and that it is the last one; of two at once the later stays."""
        key = keys.delivery_attempt(
            organization_id,
            attempt.event,
            sent_at=attempt.sent_at.isoformat(timespec="microseconds"),
            attempt=f"{attempt.announcement_id} {attempt.attempt}",
        )
        item = item_of(key, attempt, revision=1)
        item["expires"] = {"N": str(int((attempt.sent_at + KEPT_FOR).timestamp()))}
        with suppress(ConditionsFailedError):  # botocore sent it again: it is there
            self._records.put(item, replaces=0)
        self._note_last(organization_id, attempt)

    def attempts(self, organization_id: str, event: WebhookEvent, *, limit: int, offset: int) -> Page[DeliveryAttempt]:
        """The newest first. Those before the page are read and let go; those behind it are counted."""
        partition = keys.deliveries_partition(organization_id, event)
        page: list[DeliveryAttempt] = []
        read = 0
        for item in self._records.newest(partition, limit=offset + limit):
            read += 1
            if read > offset:
                page.append(value_of(item, DeliveryAttempt))
        is_whole = read < offset + limit
        return Page(page, read if is_whole else self._records.count(partition))

    def begin_test(self, organization_id: str, event: WebhookEvent, *, now: datetime) -> None:
        """Notes an attempt that nobody has answered yet, so that of several tests at once one begins.

        Raises:
            InvalidInput: another test is under way.
            Busy: others kept writing the same.
        """
        key = keys.last_delivery(organization_id, event)
        begun = LastAttempt(sent_at=now, is_success=False, is_under_way=True)
        for _ in range(_MAX_TRIES):
            item = self._records.get(key)
            if item is not None:
                last = value_of(item, LastAttempt)
                if last == begun:  # botocore sent it again: it is there
                    return
                last.check_ended(event, now=now)
            revision = 0 if item is None else revision_of(item)
            try:
                self._records.put(item_of(key, begun, revision=revision + 1), replaces=revision)
            except ConditionsFailedError:
                continue
            return
        raise Busy("the webhook is being sent to by others, try again")

    def _note_last(self, organization_id: str, attempt: DeliveryAttempt) -> None:
        key = keys.last_delivery(organization_id, attempt.event)
        last = LastAttempt(sent_at=attempt.sent_at, is_success=attempt.answer.is_success)
        for _ in range(_MAX_TRIES):
            item = self._records.get(key)
            if item is not None and value_of(item, LastAttempt).sent_at > last.sent_at:
                return
            revision = 0 if item is None else revision_of(item)
            try:
                self._records.put(item_of(key, last, revision=revision + 1), replaces=revision)
            except ConditionsFailedError:
                continue
            return

    def _load(self, organization_id: str) -> tuple[WebhookSettings, int]:
        item = self._records.get(keys.webhook_settings(organization_id))
        return (WebhookSettings(), 0) if item is None else (value_of(item, WebhookSettings), revision_of(item))


def webhook(organization_id: str, settings: WebhookSettings, event: WebhookEvent, last: LastAttempt | None) -> Webhook:
    name = derived_id("wh", organization_id, event)
    return Webhook(id=name, event=event, endpoint=settings.endpoint(event), last=last)
