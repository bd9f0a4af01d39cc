"""EventBridge Scheduler: starts the billing run once a day, and once at the start for what was missed."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from infra.resources import SCHEDULED_RUN_TIME
from local.background import background
from local.functions import FunctionFailedError
from local.messages import Json

TICK_SECONDS = 30
"""Waits are cut this short because a sleeping laptop's timers stand still."""

logger = logging.getLogger(__name__)


def next_run(after: datetime, schedule: str = SCHEDULED_RUN_TIME) -> datetime:
    """The first time later than `after` that a daily `cron(minute hour * * ? *)` names."""
    minute, hour, *rest = schedule.removeprefix("cron(").removesuffix(")").split()
    if rest != ["*", "*", "?", "*"]:
        raise ValueError(f"The local clock knows daily schedules only, not {schedule}")
    today = after.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    return today if today > after else today + timedelta(days=1)


class Clock:
    def __init__(
        self,
        start_run: Callable[[Json], object],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._start_run = start_run
        self._now = now
        self._due = now()

    def tick(self) -> None:
        """Starts the run if it is due; one that failed is due again at the next tick."""
        now = self._now()
        if now < self._due:
            return
        try:
            self._start_run({"as_of": now.date().isoformat()})
        except FunctionFailedError:
            logger.warning("the billing run is tried again in %d s", TICK_SECONDS)
            return
        self._due = next_run(now)

    def running(self, stopping: threading.Event) -> AbstractContextManager[None]:
        return background(self._run, stopping, name="clock")

    def _run(self, stopping: threading.Event) -> None:
        self.tick()
        while not stopping.wait(TICK_SECONDS):
            self.tick()
