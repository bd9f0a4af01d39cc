"""What becomes of messages that were given up: kept by `shelve_signals`, and sent again by `owed redrive`."""

from typing import TYPE_CHECKING

from benchmarks.soak.setting import Setting
from benchmarks.soak.strands import Ended, Work
from benchmarks.soak.workers import Turn, failed_of
from infra.resources import SIGNAL_DEAD_LETTERS
from local.events import queue_event
from local.messages import Message as Record
from local.resources import queue_arn

if TYPE_CHECKING:
    from benchmarks.soak.signal_queue import Message
    from tests.exactly_once.environment import Environment

REDRIVEN_AT_ONCE = 0.01
"""How often somebody sends again what was given up while others are at work."""


class Shelver:
    """Takes the dead letters, as often as needed."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._environment: Environment | None = None
        self._batch: list[Message] = []

    @property
    def has_more(self) -> bool:
        return bool(self._setting.queue.dead_letters)

    def next_work(self) -> Work | None:
        self._batch = self._setting.queue.dead_letters[: SIGNAL_DEAD_LETTERS.batch_size]
        if not self._batch:
            return None
        environment = self._environment = self._environment or self._setting.environment()
        records = [Record(id=message.id, receipt="", body=message.body) for message in self._batch]
        event = queue_event(records, queue_arn(SIGNAL_DEAD_LETTERS.name))
        return lambda: environment.invoke("shelve_signals", event)

    def ended(self, how: Ended) -> None:
        if how.is_crash:
            self._environment = None
            self._setting.tally.add("crashes")
        failed = failed_of(self._batch, how, self._setting)
        for message in self._batch:
            if message.id not in failed:
                self._setting.queue.dead_letters.remove(message)
                self._setting.tally.add("messages given up")


class Redriver:
    """Sends again what is kept, now and then, and in the end until nothing is left."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._environment: Environment | None = None
        self._begins_last = False
        self._found_nothing = False

    @property
    def has_more(self) -> bool:
        return not self._found_nothing

    def next_work(self) -> Work | None:
        setting = self._setting
        is_its_time = self._is_quiet() if setting.is_calm else setting.happens(REDRIVEN_AT_ONCE)
        self._begins_last = setting.is_calm and is_its_time
        if not is_its_time:
            return None
        environment = self._environment = self._environment or setting.environment()
        request = {"operation": "redrive", "organization": setting.tenant.organization_id}
        return lambda: environment.invoke("admin", request, Turn(None))

    def ended(self, how: Ended) -> None:
        """An error is told to whoever asked, who asks again."""
        if how.is_crash:
            self._environment = None
            self._setting.tally.add("crashes")
        if isinstance(how.result, dict):
            self._setting.tally.add("messages redriven", how.result["sent"])
            # One that began before all was quiet may have looked before the last of it was kept.
            self._found_nothing = self._begins_last and how.result["sent"] == 0

    def _is_quiet(self) -> bool:
        return len(self._setting.queue) == 0 and not self._setting.queue.dead_letters
