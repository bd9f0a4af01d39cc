"""Eight workers burn one balance, and any of them crashes at any call: the law of credits holds at every instant.

The workers are threads of which one runs at a time, from AWS call to AWS call; dice say which, and who crashes. Between
two calls, wherever all of them stand, the API is asked: what it says of each grant is what credits on paper come to,
with the signals that are in the log by then.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.soak.strands import Strand
from functions.billing.models.credit import CreditGrant
from functions.billing.models.segment import Entry
from functions.billing.models.signal import Signal
from functions.billing.periods import day_of
from functions.billing.rating import paging
from functions.billing.rating.burn_down import Need
from functions.billing.rating.paging import FULL
from functions.wiring import crediting
from infra.resources import SIGNAL_QUEUE
from local.events import queue_event
from local.messages import Message
from local.resources import queue_arn
from tests.billing.rating.paper import at, june, on_paper
from tests.exactly_once.scene import CUSTOMER, PRODUCT, Scene, deliver_until_done, email, is_whole
from tests.faults import Answer, Call, crashes_after, crashes_before, listening
from tests.functions.sales import Seller
from tests.functions.test_credits import currency, grant, pages
from tests.memory import saved
from tests.world import World, invoke

WORKERS, MESSAGES, SIGNALS = 8, 24, 6
TODAY = 15
MICRO = 10**6
CRASHES = 0.04
"""Of the calls."""


@pytest.fixture(params=[FULL, 150], ids=["in the checkpoint", "on pages"])
def size(request: pytest.FixtureRequest) -> Iterator[None]:
    """With 150 bytes four days of one price fill a checkpoint."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "FULL", request.param)
        yield


@dataclass(frozen=True)
class Balance:
    """A customer whose pages take half a credit each, and what it was granted."""

    scene: Scene
    grants: Sequence[CreditGrant]

    def holds(self) -> None:
        """The law, grant by grant; what the API says of those that run today; and what was taken beside them."""
        taken = [_need(entry) for entry in self.scene.entries()]
        paper = on_paper(self.grants, taken, june(TODAY))
        (burnt,) = crediting.read_credits()(self.scene.organization_id, CUSTOMER, today=june(TODAY)).burnt.values()
        pots = {(pot.grant.expires_on, pot.grant.amount_micro // MICRO): pot for pot in burnt.pots}
        for each in self.grants:
            pot = pots[each.expires_on, each.amount_micro]
            assert pot.available + pot.used + pot.expired == each.amount_micro * MICRO
            assert (pot.available, pot.used) == (paper.free[each.id] * MICRO, paper.taken[each.id] * MICRO)
        (shown,) = self._ask("balances")
        assert [(each["available"], each["used"], each["total"]) for each in shown["grants"]] == [
            (paper.free[each.id], paper.taken[each.id], each.amount_micro)
            for each in self.grants
            if each.holds_on(june(TODAY))
        ]
        waiting = sum(each["credits"] for each in self._ask("pending-consumption"))
        assert sum(paper.taken.values()) + waiting == sum(need.micro for need in taken)

    def _ask(self, what: str) -> Any:
        return self.scene.tenant.get(f"/customers/external/acme/credits/{what}")["data"]


@pytest.fixture
def balance(shared_world: World) -> Iterator[Balance]:
    """240 credits, of which 90 expire before today; on sale since June."""
    put_back = saved()
    scene = Scene(shared_world, shared_world.tenant(clock=june(1)))
    scene.begin()
    acme = Seller(scene.world, scene.tenant, CUSTOMER)
    sold = currency(acme)
    made: list[CreditGrant] = []
    for amount, end in ((40, 8), (50, 12), (60, 20), (90, None)):
        fields = {} if end is None else {"expiresAt": at(end, 0).isoformat()}
        answer = grant(acme, amount, **fields)
        assert answer.status == 201, answer
        expires_on = None if end is None else june(end)
        made.append(
            CreditGrant(
                id=f"until {end}",
                currency_id=sold["id"],
                amount_micro=amount,
                starts_on=june(1),
                expires_on=expires_on,
            )
        )
    acme.sell(pages(sold["id"]), autoPostInvoices=True)
    acme.clock(str(june(TODAY)))
    yield Balance(scene, made)
    put_back()


def _need(entry: Entry) -> Need:
    """In whole credits; what nothing meets by July is overage."""
    taken = int(str((entry.data or {})["pages"])) // 2
    return Need("pages", day_of(entry.occurred_at), taken, charged_on=june(31))


def messages(scene: Scene, dice: random.Random) -> list[str]:
    """Of the days until today, in any order; every fourth signal is in another message too."""
    (product_id,) = {each["id"] for each in scene.tenant.get("/products/")["data"]} - {PRODUCT}

    def signal(key: int) -> Signal:
        own = random.Random(key)  # noqa: S311 - dice
        when = at(own.randint(1, TODAY), 9) + timedelta(minutes=key)
        fields = {"external_product_id": None, "product_id": product_id, "data": {"pages": 2 * own.randint(0, 4)}}
        return email(f"key {key}", when, event_name="pages_read", **fields)

    keys = [*range(MESSAGES * SIGNALS * 3 // 4)]
    keys += dice.sample(keys, MESSAGES * SIGNALS - len(keys))
    dice.shuffle(keys)
    return [scene.batch(*map(signal, keys[start::MESSAGES])) for start in range(MESSAGES)]


class Worker:
    """Takes one message after the other; a crash ends its environment, and its message comes again to somebody."""

    def __init__(self, scene: Scene, queue: list[str]) -> None:
        self._scene = scene
        self._queue = queue
        self._environment = scene.environment()
        self._body = ""
        self.strand = Strand()

    def step(self, dice: random.Random) -> int:
        """To its next call, or over it; how many crashes that were."""
        if self.strand.call is not None:
            crash = dice.choice([crashes_before, crashes_after]) if dice.random() < CRASHES else None
            self.strand.go_on(crash)
        elif self._queue:
            environment = self._environment
            self._body = self._queue.pop(0)
            event = queue_event([Message(id="1", receipt="", body=self._body)], queue_arn(SIGNAL_QUEUE.name))
            self.strand.begin(lambda: environment.invoke("rate_signals", event))
        ended = self.strand.take_end()
        if ended is None:
            return 0
        if ended.raised is not None and not ended.is_crash:
            raise ended.raised
        if ended.is_crash:
            self._environment = self._scene.environment()
        if ended.is_crash or ended.result != {"batchItemFailures": []}:
            self._queue.append(self._body)
        return int(ended.is_crash)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("seed", range(3))
def test_eight_workers_burn_one_balance_and_any_of_them_crashes(balance: Balance, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - dice
    scene = balance.scene
    bodies = messages(scene, dice)
    queue = bodies.copy()
    workers = [Worker(scene, queue) for _ in range(WORKERS)]
    crashes, steps = 0, 0

    def before_call(call: Call) -> Answer | None:
        running = next((worker.strand for worker in workers if worker.strand.is_running), None)
        return None if running is None else running.cross(replace(call))

    with redirect_stdout(sys.stdout), redirect_stderr(sys.stderr):  # interleaved functions put back each other's
        with listening(scene.world.clients, before_call):
            while queue or any(worker.strand.call for worker in workers):
                crashes += dice.choice(workers).step(dice)
                steps += 1
                if steps % 10 == 0:
                    balance.holds()
        for worker in workers:
            worker.strand.close()

    assert bool(scene.checkpoint().pages) == (paging.FULL < FULL)
    assert crashes > 3, "the dice say when, and are always the same"
    assert is_whole(scene.log())
    assert len(scene.entries()) == MESSAGES * SIGNALS * 3 // 4
    balance.holds()
    deliver_until_done(scene.environment(), SIGNAL_QUEUE, bodies)
    assert len(scene.entries()) == MESSAGES * SIGNALS * 3 // 4
    balance.holds()
    replay = {"operation": "replay", "organization": scene.organization_id, "customer": CUSTOMER}
    assert invoke("admin", replay)["differences"] == []
