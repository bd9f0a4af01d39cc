"""The signal queue as SQS promises it and no better: at least once, in any order, at any time."""

import base64
import json
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SENT_AGAIN, _HANDED_OUT_TWICE, _DELAYED = 0.12, 0.03, 0.15
"""The parts of the messages that are delivered once more when they are done, that two workers get at once, and that
do not come at first."""

_LONGEST_DELAY = 3000
"""In steps of the round."""

_BATCH = 10


@dataclass(slots=True)
class Message:
    """A message, and from which step on it may be delivered."""

    id: str
    body: str
    signals: int
    due: int = 0
    deliveries: int = 0


class SignalQueue:
    """Holds what the front door sent, and what was delivered and comes once more."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._waiting: list[Message] = []
        self._in_flight: dict[str, Message] = {}
        self._sent = 0
        self._is_exact = False

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    def be_exact(self) -> None:
        """From now on each message comes once and at once, so that the queue becomes empty."""
        self._is_exact = True
        for message in self._waiting:
            message.due = 0

    def send(self, body: str, *, step: int) -> list[dict[str, Any]]:
        """The signals of the message, read without the code that wrote them."""
        signals: list[dict[str, Any]] = read_message(body)["signals"]
        self._sent += 1
        message = Message(str(self._sent), body, len(signals))
        self._put_back(message, step)
        return signals

    def receive(self, *, step: int) -> list[Message]:
        """Up to a batch of what is due, picked at random; none if nothing is."""
        due = [message for message in self._waiting if message.due <= step]
        if not due:
            return []
        picked = self._dice.sample(due, min(len(due), self._dice.randint(1, _BATCH)))
        twice = [message for message in self._in_flight.values() if self._happens(_HANDED_OUT_TWICE)]
        for message in picked:
            self._waiting.remove(message)
            self._in_flight[message.id] = message
        batch = [*picked, *twice][:_BATCH]
        for message in batch:
            message.deliveries += 1
        return batch

    def done(self, batch: Sequence[Message], failed: set[str], *, step: int) -> None:
        """What failed comes again, and so may what did not."""
        for message in batch:
            is_held = self._in_flight.pop(message.id, None) is not None
            if is_held and (message.id in failed or self._happens(_SENT_AGAIN)):
                self._put_back(message, step)

    def _put_back(self, message: Message, step: int) -> None:
        message.due = step + self._dice.randrange(_LONGEST_DELAY) if self._happens(_DELAYED) else step
        self._waiting.append(message)

    def _happens(self, chance: float) -> bool:
        return not self._is_exact and self._dice.random() < chance


def read_message(body: str) -> dict[str, Any]:
    """What the front door wrote: compressed JSON as base64."""
    message: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(body)))
    return message
