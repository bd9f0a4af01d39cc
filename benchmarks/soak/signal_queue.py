"""The signal queue as SQS promises it and no better: at least once, in any order, at any time; and its dead letters."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from infra.resources import SIGNAL_QUEUE

SENT_AGAIN, HANDED_OUT_TWICE, DELAYED, GIVEN_UP = 0.12, 0.03, 0.15, 0.05
"""The parts of the messages that are delivered once more when they are done; that two workers get at once; that do not
come at first; and, of those that failed, that are given up before their time."""

LONGEST_DELAY = 3000
"""In steps of the round."""


@dataclass(slots=True)
class Message:
    """A message, and from which step on it may be delivered."""

    id: str
    body: str
    signals: int
    due: int = 0
    deliveries: int = 0


class SignalQueue:
    """Holds what was sent, and what was delivered and comes once more."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._waiting: list[Message] = []
        self._in_flight: dict[str, Message] = {}
        self._sent = 0
        self._is_exact = False
        self.dead_letters: list[Message] = []

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    def be_exact(self) -> None:
        """From now on each message comes once and at once, so that the queue becomes empty."""
        self._is_exact = True
        for message in self._waiting:
            message.due = 0

    def send(self, body: str, *, signals: int, step: int) -> None:
        self._sent += 1
        self._put_back(Message(str(self._sent), body, signals), step)

    def receive(self, *, step: int) -> list[Message]:
        """Up to a batch of what is due, picked at random; none if nothing is."""
        due = [message for message in self._waiting if message.due <= step]
        if not due:
            return []
        most = SIGNAL_QUEUE.batch_size
        picked = self._dice.sample(due, min(len(due), self._dice.randint(1, most)))
        twice = [message for message in self._in_flight.values() if self._happens(HANDED_OUT_TWICE)]
        for message in picked:
            self._waiting.remove(message)
            self._in_flight[message.id] = message
        batch = [*picked, *twice][:most]
        for message in batch:
            message.deliveries += 1
        return batch

    def done(self, batch: Sequence[Message], failed: set[str], *, step: int) -> None:
        """What failed comes again, or is given up; and what did not may come again too."""
        for message in batch:
            if self._in_flight.pop(message.id, None) is None:
                continue  # somebody else had it too, and was done with it before
            if message.id in failed and self._is_given_up(message):
                self.dead_letters.append(message)
            elif message.id in failed or self._happens(SENT_AGAIN):
                self._put_back(message, step)

    def _is_given_up(self, message: Message) -> bool:
        return message.deliveries >= SIGNAL_QUEUE.max_receives or self._happens(GIVEN_UP)

    def _put_back(self, message: Message, step: int) -> None:
        message.due = step + self._dice.randrange(LONGEST_DELAY) if self._happens(DELAYED) else step
        self._waiting.append(message)

    def _happens(self, chance: float) -> bool:
        return not self._is_exact and self._dice.random() < chance
