from datetime import UTC, datetime

import pytest

from infra.resources import SCHEDULED_RUN_TIME
from local.clock import Clock, next_run
from local.functions import FunctionFailedError
from local.messages import Json


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2025-06-01T00:09:59", "2025-06-01T00:10:00"),
        ("2025-06-01T00:10:00", "2025-06-02T00:10:00"),
        ("2025-06-01T00:10:01", "2025-06-02T00:10:00"),
        ("2025-12-31T23:59:59", "2026-01-01T00:10:00"),
    ],
)
def test_the_run_is_due_each_day_at_the_scheduled_minute(after: str, due: str) -> None:
    assert next_run(at(after), SCHEDULED_RUN_TIME) == at(due)


def test_a_schedule_that_is_not_daily_is_refused() -> None:
    with pytest.raises(ValueError, match="daily"):
        next_run(at("2025-06-01"), "cron(10 0 ? * MON *)")


class Story:
    """A clock whose time is told, and the runs it started."""

    def __init__(self) -> None:
        self.time = at("2025-06-01T12:00:00")
        self.runs: list[object] = []
        self.broken = False
        self.clock = Clock(self.start, now=lambda: self.time)

    def start(self, event: Json) -> None:
        if self.broken:
            raise FunctionFailedError("ClientError", "no")
        self.runs.append(event["as_of"])

    def tick(self, text: str) -> list[object]:
        self.time = at(text)
        self.clock.tick()
        return self.runs


def test_a_run_starts_at_once_and_then_once_a_day() -> None:
    story = Story()

    assert story.tick("2025-06-01T12:00:00") == ["2025-06-01"]
    assert story.tick("2025-06-02T00:09:59") == ["2025-06-01"]
    assert story.tick("2025-06-02T00:10:00") == ["2025-06-01", "2025-06-02"]
    assert story.tick("2025-06-02T00:10:30") == ["2025-06-01", "2025-06-02"]


def test_after_days_asleep_one_run_makes_up_for_all() -> None:
    story = Story()
    story.tick("2025-06-01T12:00:00")

    assert story.tick("2025-06-09T08:00:00") == ["2025-06-01", "2025-06-09"]


def test_a_run_that_failed_is_tried_again() -> None:
    story = Story()
    story.broken = True
    assert story.tick("2025-06-01T12:00:00") == []

    story.broken = False

    assert story.tick("2025-06-01T12:00:30") == ["2025-06-01"]
