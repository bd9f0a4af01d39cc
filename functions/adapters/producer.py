"""A running process of the front door as the source of messages: see `Source`."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from functions.billing.models.signal import Source
from functions.billing.models.signal_message import SignalMessage


@dataclass(slots=True)
class _Sent:
    """What was sent for one organization: `attempts` to send a message, and the signals of those that succeeded."""

    attempts: int = 0
    signals: int = 0


class Producer:
    """Numbers the messages of a process. One at a time is sent, so that each can say what was sent before it.

    A message that SQS took while its answer was lost counts as not sent, which is what its sender is told as well: so
    two messages of a producer may say that as many signals were sent before.
    """

    def __init__(self, name: str) -> None:
        """`name` is one that no other process has."""
        self._name = name
        self._sent: dict[str, _Sent] = defaultdict(_Sent)
        self._lock = threading.Lock()

    def send(
        self, organization_id: str, received_at: datetime, message: SignalMessage, put: Callable[[str], object]
    ) -> None:
        """Calls `put` with the text of the message, and lets rise what it raises."""
        with self._lock:
            sent = self._sent[organization_id]
            sent.attempts += 1
            received_on = received_at.astimezone(UTC).date().isoformat()
            put(message.text(Source(self._name, sent.attempts, sent.signals, message.size, received_on)))
            sent.signals += message.size
