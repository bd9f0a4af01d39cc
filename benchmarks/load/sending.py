"""The clients: each sends one request after the other, and the same again until it is answered with 200."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus

import httpx

from benchmarks.load.errors import LoadFailedError
from benchmarks.load.scenarios import BulkRequest, Scenario

RETRY_SECONDS = 0.25
GIVE_UP_SECONDS = 120

LOST_ANSWERS = 10
"""Where the system is stopped, every tenth request is sent again although it was answered, as if nobody had heard it: a
system that ends in good order answers what it took, and a repeat would be rare."""

Posted = Callable[[BulkRequest, float], None]
"""Is told of each request before it is sent for the first time, and when that is (of the monotonic clock)."""


class Clients:
    """What they sent and were told; `accepted` is every signal of a request that was answered with 200."""

    def __init__(self, client: httpx.AsyncClient, scenario: Scenario, *, posted: Posted) -> None:
        self._client = client
        self._scenario = scenario
        self._posted = posted
        self._numbers = iter(range(scenario.requests))
        self.accepted: set[int] = set()
        self.answers = self.retried = 0

    async def send(self, *, connections: int, until: float) -> None:
        """All requests of the scenario, or as many as can be begun `until` then (of the monotonic clock)."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(self._send_one_by_one(until))

    async def _send_one_by_one(self, until: float) -> None:
        for number in self._numbers:
            if time.monotonic() > until:
                return
            request = self._scenario.request(number)
            posted_at = time.monotonic()
            self._posted(request, posted_at)
            if self._scenario.is_stopped and number % LOST_ANSWERS == 0 and await self._is_accepted(request):
                self.retried += 1
            while not await self._is_accepted(request):
                if time.monotonic() > posted_at + GIVE_UP_SECONDS:
                    raise LoadFailedError(f"a request was not answered with 200 within {GIVE_UP_SECONDS} s")
                self.retried += 1
                await asyncio.sleep(RETRY_SECONDS)
            self.answers += 1
            self.accepted.update(request.signals)

    async def _is_accepted(self, request: BulkRequest) -> bool:
        try:
            answer = await self._client.post("/signals/bulk", content=request.body)
        except httpx.TransportError:
            return False
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return False
        said = answer.json()
        if answer.status_code != HTTPStatus.OK or said["ingested"] + said["duplicates"] != len(request.signals):
            raise LoadFailedError(f"a request was answered with {answer.status_code}: {answer.text[:300]}")
        return True
