"""What the actors of one round share, and how they call a function."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.soak.letter import read_letter
from benchmarks.soak.oracle import Group, Oracle
from benchmarks.soak.signal_queue import SignalQueue
from benchmarks.soak.strands import Ended, Work
from benchmarks.soak.tally import Tally
from benchmarks.soak.witness import Witness
from local.events import http_event
from local.messages import Request
from local.routes import match
from tests.exactly_once.environment import Environment
from tests.world import PREFIX, Answer, Tenant, World


class Actor(Protocol):
    """Somebody who does one piece of work after the other, each of some AWS calls."""

    @property
    def has_more(self) -> bool:
        """Whether what was begun is not done, so that it would be left undone if all stopped now."""
        ...

    def next_work(self) -> Work | None:
        """None when there is nothing to do now."""
        ...

    def ended(self, how: Ended) -> None:
        """How the last piece of work ended."""
        ...


@dataclass(slots=True)
class Setting:
    """One round. `customers` are those that keep their names: their ids by group."""

    world: World
    tenant: Tenant
    dice: random.Random
    tally: Tally
    oracle: Oracle
    witness: Witness
    queue: SignalQueue
    step: int = 0
    is_calm: bool = False
    """Nothing new is begun, so that everything ends."""
    customers: dict[Group, str] = field(default_factory=dict)
    moving: tuple[Group, ...] = ()
    walk_ins: list[Group] = field(default_factory=list)
    requests: int = 0

    def send(self, body: str) -> None:
        """What is sent to the signal queue."""
        letter = read_letter(body)
        self.oracle.went_to_the_queue(letter)
        self.queue.send(body, signals=len(letter.signals), step=self.step)

    def environment(self) -> Environment:
        return Environment(self.world.clients)

    def happens(self, chance: float) -> bool:
        return self.dice.random() < chance

    def call(
        self,
        environment: Environment,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        query: str = "",
    ) -> Answer:
        """One HTTP request, in the words of `tests.world`."""
        self.requests += 1
        request = Request(
            method,
            PREFIX + path,
            query=query,
            headers=[("Content-Type", "application/json"), ("Authorization", f"Bearer {self.tenant.secret}")],
            body=b"" if body is None else json.dumps(body).encode(),
        )
        found = match(request.method, request.path)
        event: dict[str, Any] = http_event(request, found)
        event["requestContext"]["requestId"] = f"request-{self.requests}"
        answer = environment.invoke(found.function, event)
        return Answer(answer["statusCode"], json.loads(answer["body"]))
