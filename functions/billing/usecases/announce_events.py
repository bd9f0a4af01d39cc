"""What was committed goes to the webhooks that want it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from functions.billing.models.webhook import Announcement, WebhookSettings


class Settings(Protocol):
    def settings(self, organization_id: str) -> WebhookSettings:
        """Empty ones if nothing was ever set."""
        ...


class WebhookQueue(Protocol):
    def send(self, announcements: Sequence[Announcement]) -> None: ...


class AnnounceEvents:
    """A webhook that was enabled before an event gets it: settings are read after it was committed, and not kept."""

    def __init__(self, *, settings: Settings, queue: WebhookQueue) -> None:
        self._settings = settings
        self._queue = queue

    def __call__(self, happened: Iterable[Announcement]) -> list[Announcement]:
        """Those that were sent on; each organization's settings are read once."""
        settings: dict[str, WebhookSettings] = {}
        wanted: list[Announcement] = []
        for announcement in happened:
            organization_id = announcement.organization_id
            if organization_id not in settings:
                settings[organization_id] = self._settings.settings(organization_id)
            if settings[organization_id].receiver(announcement.event) is not None:
                wanted.append(announcement)
        if wanted:
            self._queue.send(wanted)
        return wanted
