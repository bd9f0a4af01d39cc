"""What was committed goes to the webhooks that want it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.billing.models.webhook import Announcement, WebhookSettings


class Settings(Protocol):
    def settings(self, organization_id: str) -> WebhookSettings:
        """Empty ones if nothing was ever set."""
        ...


class WebhookQueue(Protocol):
    def check(self, announcement: Announcement) -> None:
        """Raises TooLarge for one that no message can hold."""
        ...

    def send(self, announcements: Sequence[Announcement]) -> Sequence[Announcement]:
        """Those that are refused for good, each for what it is; all others are sent, or this raises."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent on, and the ids of what the queue will never take."""

    announcements: Sequence[Announcement]
    refused: frozenset[str]

    @property
    def by_event(self) -> Counter[str]:
        """How many of each."""
        return Counter(each.event.value for each in self.announcements)


class AnnounceEvents:
    """Of one batch of changes or of invoices, for which each organization's settings are read once.

    A webhook that was enabled before an event gets it: they are read after it was committed, and not kept.
    """

    def __init__(self, *, settings: Settings, queue: WebhookQueue) -> None:
        self._settings = settings
        self._queue = queue
        self._known: dict[str, WebhookSettings] = {}
        self._wanted: list[Announcement] = []

    def add(self, happened: Sequence[Announcement]) -> None:
        """Those of one change that are wanted; none of them where this raises. Raises TooLarge."""
        wanted = [each for each in happened if self._of(each.organization_id).receiver(each.event) is not None]
        for each in wanted:
            self._queue.check(each)
        self._wanted += wanted

    def send(self) -> Sent:
        """All that was added."""
        refused = frozenset(each.id for each in self._queue.send(self._wanted)) if self._wanted else frozenset[str]()
        return Sent([each for each in self._wanted if each.id not in refused], refused)

    def _of(self, organization_id: str) -> WebhookSettings:
        if organization_id not in self._known:
            self._known[organization_id] = self._settings.settings(organization_id)
        return self._known[organization_id]
