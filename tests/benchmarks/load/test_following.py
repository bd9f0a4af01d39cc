import asyncio
import time
from itertools import count

import httpx
import pytest

from benchmarks.load import following
from benchmarks.load.following import PAGE, Follower
from benchmarks.load.scenarios import BulkRequest


class Log:
    """Lists the newest of its numbers first; while it is down nobody answers."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.is_down = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused")
        newest = self.numbers[::-1][: int(request.url.params["limit"])]
        return httpx.Response(
            200, json={"data": [{"data": {"n": n}} for n in newest], "pagination": {"total": len(self.numbers)}}
        )


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE_SECONDS", 0)


def follow(log: Log, *, posted: int) -> list[float]:
    """The ways of so many signals, each posted a second after the one before, the last one now."""
    first = time.monotonic() - posted + 1

    async def run() -> list[float]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(log), base_url="http://owed") as client:
            follower = Follower(client)
            for number in range(posted):
                follower.posted(BulkRequest([number], b"", followed=number), first + number)
            looking = asyncio.create_task(follower.look())
            await follower.finish()
            looking.cancel()
            return follower.seconds

    return asyncio.run(run())


def test_a_signal_is_on_its_way_until_an_answer_shows_it() -> None:
    assert follow(Log(0, 1, 2), posted=3) == pytest.approx([2, 1, 0], abs=0.5)


def test_all_are_seen_when_more_than_a_page_have_come_in_any_order() -> None:
    posted = 3 * PAGE + 7

    assert len(follow(Log(*range(1, posted), 0), posted=posted)) == posted


def test_those_that_come_later_are_seen_too() -> None:
    class Growing(Log):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            self.numbers.append(len(self.numbers))
            return super().__call__(request)

    assert len(follow(Growing(), posted=20)) >= 20


def test_a_system_that_is_down_for_a_while_is_asked_again() -> None:
    calls = count()

    class Restarting(Log):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            self.is_down = next(calls) < 5
            return super().__call__(request)

    assert len(follow(Restarting(0), posted=1)) == 1


def test_one_that_never_comes_has_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 0.1)

    assert len(follow(Log(0), posted=2)) == 1
