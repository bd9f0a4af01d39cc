"""One scenario from its first request until its last signal is counted and checked."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.load.checking import check
from benchmarks.load.emulator import Processor, processor_seconds
from benchmarks.load.following import Follower
from benchmarks.load.progress import Progress
from benchmarks.load.report import Result
from benchmarks.load.scenarios import Scenario
from benchmarks.load.sending import Clients
from benchmarks.load.shop import Shop, open_shop
from benchmarks.load.system import OwedUp

LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Pace:
    """How many requests are under way at once, and for how long at most new ones are begun."""

    connections: int
    seconds: float


@dataclass
class Queue:
    """The signal queue as it was last seen, and at its deepest."""

    system: OwedUp
    messages: int | None = None
    deepest: int = 0

    async def look(self) -> None:
        self.messages = await asyncio.to_thread(self.system.messages)
        self.deepest = max(self.deepest, self.messages or 0)

    async def empty(self) -> None:
        """Until two looks in a row find nothing, waiting or under delivery."""
        empty = 0
        while empty < 2:  # noqa: PLR2004 - see above
            await self.look()
            empty = empty + 1 if self.messages == 0 else 0
            await asyncio.sleep(LOOK_SECONDS / 2)


class Play:
    """Plays scenarios against one system, each in an organization of its own."""

    def __init__(self, system: OwedUp, pace: Pace, progress: Progress) -> None:
        self._system = system
        self._pace = pace
        self._progress = progress
        self.processor = Processor()

    async def scenario(self, scenario: Scenario) -> Result:
        """Raises LoadFailedError; that signals are missing is no error here but in the result."""
        self._progress.say(f"{scenario.name}: making customers and orders")
        async with open_shop(scenario, self._system) as shop:
            try:
                return await self._load(scenario, shop)
            except ExceptionGroup as group:
                raise _first(group) from group

    async def _load(self, scenario: Scenario, shop: Shop) -> Result:
        queue, follower = Queue(self._system), Follower(shop.client)
        clients = Clients(shop.client, scenario, posted=follower.posted)
        before, begun = processor_seconds(self._system), time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(follower.look()), tasks.create_task(self._watch(scenario, clients, queue))]
            stop = tasks.create_task(self._stop_midway(scenario, clients, begun))
            await clients.send(connections=self._pace.connections, until=begun + self._pace.seconds)
            sent = time.monotonic()
            await stop
            await queue.empty()
            counted = time.monotonic()
            taken = Processor()
            if not scenario.is_stopped:  # else they are other processes now
                for processor in (taken, self.processor):
                    processor.add(counted - begun, before, processor_seconds(self._system))
            await follower.finish()
            for task in beside:
                task.cancel()
        self._progress.say(f"{scenario.name}: reading the log, {len(clients.accepted):,} signals")
        return Result(
            scenario=scenario,
            accepted=len(clients.accepted),
            sending=sent - begun,
            until_counted=counted - begun,
            ways=follower.seconds,
            deepest=queue.deepest,
            shares=taken.shares(),
            retried=clients.retried,
            verdict=await check(shop, clients.accepted),
        )

    async def _watch(self, scenario: Scenario, clients: Clients, queue: Queue) -> None:
        """For ever; to be cancelled."""
        while True:
            await queue.look()
            self._progress.update(
                f"{scenario.name}: {len(clients.accepted):,} of {scenario.signals:,} signals accepted, "
                f"{'-' if queue.messages is None else queue.messages} messages in the queue"
            )
            await asyncio.sleep(LOOK_SECONDS)

    async def _stop_midway(self, scenario: Scenario, clients: Clients, begun: float) -> None:
        """At a third of the requests or of the time, whichever comes first: SIGTERM, and a start on the same data."""
        if not scenario.is_stopped:
            return
        while clients.answers * 3 < scenario.requests and time.monotonic() < begun + self._pace.seconds / 3:
            await asyncio.sleep(LOOK_SECONDS / 25)
        await asyncio.to_thread(self._system.stop)
        await asyncio.to_thread(self._system.start)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first; groups may hold groups."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
