"""One execution environment of `rate_signals` after the other, and the deliveries that it gets."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmarks.soak.setting import Setting
from benchmarks.soak.strands import Ended, Work
from infra.resources import SIGNAL_QUEUE
from local.events import queue_event
from local.messages import Message as Record
from local.resources import queue_arn

if TYPE_CHECKING:
    from benchmarks.soak.signal_queue import Message
    from tests.exactly_once.environment import Environment

_OUT_OF_TIME = 0.03
"""The part of the turns that Lambda gives too little time for."""

_MOST_LOOKS = 12
_TURN_MILLISECONDS = 120_000


class Turn:
    """Lambda's context of a turn whose time is up after so many looks at the clock; None: it is never up."""

    def __init__(self, looks: int | None) -> None:
        self._looks = looks

    def get_remaining_time_in_millis(self) -> int:
        if self._looks is None:
            return _TURN_MILLISECONDS
        self._looks -= 1
        return _TURN_MILLISECONDS if self._looks >= 0 else 0


class Worker:
    """Takes batches from the queue; a crash ends its environment, and what it had comes again."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._environment: Environment | None = None
        self._batch: list[Message] = []

    @property
    def has_more(self) -> bool:
        return False  # what is left to do is in the queue

    def next_work(self) -> Work | None:
        setting = self._setting
        self._batch = setting.queue.receive(step=setting.step)
        if not self._batch:
            return None
        self._count()
        environment = self._environment = self._environment or setting.environment()
        records = [Record(id=message.id, receipt="", body=message.body) for message in self._batch]
        event = queue_event(records, queue_arn(SIGNAL_QUEUE.name))
        turn = Turn(self._looks())
        return lambda: environment.invoke("rate_signals", event, turn)

    def ended(self, how: Ended) -> None:
        if how.is_crash:
            self._environment = None
            self._setting.tally.add("crashes")
        failed = failed_of(self._batch, how, self._setting)
        self._setting.queue.done(self._batch, failed, step=self._setting.step)

    def _looks(self) -> int | None:
        setting = self._setting
        if setting.is_calm or not setting.happens(_OUT_OF_TIME):
            return None
        setting.tally.add("turns out of time")
        return setting.dice.randint(1, _MOST_LOOKS)

    def _count(self) -> None:
        tally = self._setting.tally
        tally.add("batches")
        for message in self._batch:
            tally.add("messages delivered")
            tally.add("deliveries", message.signals)
            if message.deliveries > 1:
                tally.add("of them redelivered", message.signals)


def failed_of(batch: Iterable["Message"], how: Ended, setting: Setting) -> set[str]:
    """The ids of those messages of a batch that come back: all of them, where the function ended by a crash."""
    if isinstance(how.result, dict):
        return {failure["itemIdentifier"] for failure in how.result["batchItemFailures"]}
    if not how.is_crash:
        setting.witness.differs(f"a whole batch failed: {how.raised!r}")
    return {message.id for message in batch}
