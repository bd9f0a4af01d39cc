"""Single signals on their way from the POST into the log, seen from outside: by asking the API for them."""

import asyncio
import time
from http import HTTPStatus
from typing import Any

import httpx

from benchmarks.load.scenarios import FOLLOWED_CUSTOMER, FOLLOWED_EVENT, NUMBER, BulkRequest

PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 20
PAGE, LONGEST_PAGE = 10, 1000


class Follower:
    """One question shows all that have come: the followed signals are of one customer, under one name.

    `seconds` holds the way of each, from its first POST to the first answer that shows it.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._posted_at: dict[int, float] = {}
        self._seen: set[int] = set()
        self._page = PAGE
        self.seconds: list[float] = []

    def posted(self, request: BulkRequest, at: float) -> None:
        """To be called before each request is sent for the first time."""
        if request.followed is not None:
            self._posted_at[request.followed] = at

    async def look(self) -> None:
        """For ever; to be cancelled."""
        while True:
            if await self._sees_all():
                self._page = PAGE
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._page = min(2 * self._page, LONGEST_PAGE)

    async def finish(self) -> None:
        """Waits for the rest. What is missing still is lost, and the check of the whole log says so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self._seen) < len(self._posted_at) and time.monotonic() < deadline:
            await asyncio.sleep(PAUSE_SECONDS)

    async def _sees_all(self) -> bool:
        """Asks for a page of the newest; there may be more that were not seen before."""
        answer = await self._newest()
        now = time.monotonic()
        numbers = {signal["data"][NUMBER] for signal in answer["data"]}
        self.seconds += [now - self._posted_at[number] for number in sorted(numbers - self._seen)]
        self._seen |= numbers
        return len(self._seen) >= int(answer["pagination"]["total"])

    async def _newest(self) -> Any:  # noqa: ANN401 - JSON
        """Nothing while the system is down."""
        query: dict[str, str | int] = {
            "externalCustomerId": FOLLOWED_CUSTOMER,
            "signalName": FOLLOWED_EVENT,
            "limit": self._page,
        }
        try:
            answer = await self._client.get("/signals/", params=query)
        except httpx.TransportError:
            return NOTHING
        return answer.json() if answer.status_code == HTTPStatus.OK else NOTHING


NOTHING = {"data": [], "pagination": {"total": 0}}
