import asyncio
import json
import time
from collections.abc import Callable

import httpx
import pytest

from benchmarks.load import sending
from benchmarks.load.errors import LoadFailedError
from benchmarks.load.scenarios import BulkRequest, Scenario
from benchmarks.load.sending import Clients

FOUR = Scenario("four", signals=8, bulk=2, customers=3)
STOPPED = Scenario("stopped", signals=24, bulk=2, customers=3, is_stopped=True)


class Door:
    """Answers the first requests as it is told, then with 200."""

    def __init__(self, *answers: Callable[[], httpx.Response]) -> None:
        self._answers = list(answers)
        self.bodies: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.content)
        if self._answers:
            return self._answers.pop(0)()
        return httpx.Response(200, json={"ingested": len(json.loads(request.content)["signals"]), "duplicates": 0})


def send(door: Door, scenario: Scenario = FOUR, *, seconds: float = 60) -> tuple[Clients, list[BulkRequest]]:
    posted: list[BulkRequest] = []

    async def run() -> Clients:
        async with httpx.AsyncClient(transport=httpx.MockTransport(door), base_url="http://owed") as client:
            clients = Clients(client, scenario, posted=lambda request, _: posted.append(request))
            await clients.send(connections=1, until=time.monotonic() + seconds)
            return clients

    return asyncio.run(run()), posted


def refused() -> httpx.Response:
    raise httpx.ConnectError("refused")


def broken_off() -> httpx.Response:
    raise httpx.RemoteProtocolError("closed")


def unavailable() -> httpx.Response:
    return httpx.Response(503, json={"error": "The system stops"})


def bad() -> httpx.Response:
    return httpx.Response(400, json={"error": "signals is missing"})


def partly() -> httpx.Response:
    return httpx.Response(200, json={"ingested": 1, "duplicates": 0, "failed": 1})


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "RETRY_SECONDS", 0)


def test_every_request_is_sent_once_and_its_signals_are_accepted() -> None:
    door = Door()

    clients, posted = send(door)

    assert door.bodies == [FOUR.request(number).body for number in range(4)]
    assert (clients.accepted, clients.answers, clients.retried) == (set(range(8)), 4, 0)
    assert [list(request.signals) for request in posted] == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_what_was_not_answered_with_200_is_sent_again_as_it_was() -> None:
    door = Door(refused, unavailable, broken_off)

    clients, posted = send(door)

    assert door.bodies == [FOUR.request(0).body] * 3 + [FOUR.request(number).body for number in range(4)]
    assert (clients.accepted, clients.retried, len(posted)) == (set(range(8)), 3, 4)


def test_where_the_system_is_stopped_every_tenth_answer_counts_as_lost() -> None:
    door = Door()

    clients, posted = send(door, STOPPED)

    sent = [0, 0, *range(1, 10), 10, 10, 11]
    assert door.bodies == [STOPPED.request(number).body for number in sent]
    assert (len(clients.accepted), clients.answers, clients.retried, len(posted)) == (24, 12, 2, 12)


def test_once_the_time_is_over_no_new_request_is_sent() -> None:
    door = Door()

    clients, _ = send(door, seconds=-1)

    assert (door.bodies, clients.accepted) == ([], set())


@pytest.mark.parametrize(("answer", "status"), [(bad, 400), (partly, 200)])
def test_a_refusal_ends_the_run(answer: Callable[[], httpx.Response], status: int) -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(LoadFailedError, match=f"answered with {status}")):
        send(Door(answer))
