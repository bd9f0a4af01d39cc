"""One round: a fresh world, actors that are let go on call by call in an order that the seed gives, and a verdict."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.soak.brisk_moto import brisk, with_pages_of
from benchmarks.soak.bulks import Author
from benchmarks.soak.clients import Client
from benchmarks.soak.climate import Climate
from benchmarks.soak.dead_letters import Redriver, Shelver
from benchmarks.soak.network import Network
from benchmarks.soak.operators import Operator
from benchmarks.soak.oracle import Oracle
from benchmarks.soak.present import Present, governed
from benchmarks.soak.scenery import furnish
from benchmarks.soak.setting import Actor, Setting
from benchmarks.soak.signal_queue import SignalQueue
from benchmarks.soak.strands import Strand
from benchmarks.soak.tally import Tally
from benchmarks.soak.vandal import Vandal
from benchmarks.soak.verdict import differences
from benchmarks.soak.weather import Weather
from benchmarks.soak.witness import Witness
from benchmarks.soak.workers import Worker
from infra.resources import SNAPSHOTS
from local.resources import physical_name
from tests.world import fresh_world

WORKERS, CLIENTS = 8, 3

PACES = (0.03, 0.3, 1, 1, 3)
"""How often an actor's turn comes, against the others; some nearly stand still for a while."""

_CHANGE_OF_PACE = 200
_VANDALISM = 100
"""Steps between two acts of it."""

_TICK = timedelta(milliseconds=20)
_NEVER_ENDS = 200_000
"""Steps after which a queue that is worked off without disturbance should long be empty."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a round; `trace` is the same whenever the round is the same."""

    climate: Climate
    tally: Tally
    differences: list[str]
    trace: str


class Round:
    """The actors and who of them is next."""

    def __init__(self, setting: Setting, present: Present, weather: Weather, *, largest_bulk: int) -> None:
        self._setting = setting
        self._vandal = Vandal(setting.world.clients, physical_name(SNAPSHOTS.name), setting.dice, setting.tally)
        self._present = present
        self._weather = weather
        author = Author(setting, largest=largest_bulk)
        self._actors: list[Actor] = [
            *(Worker(setting) for _ in range(WORKERS)),
            *(Client(setting, author) for _ in range(CLIENTS)),
            Operator(setting),
            Shelver(setting),
            Redriver(setting),
        ]
        self.strands = [Strand() for _ in self._actors]
        self._paces: list[float] = []

    def play(self, deliveries: int, tell: Callable[[int], None]) -> None:
        """Until so many signals were delivered, and then until all is quiet, or something differs."""
        setting, told = self._setting, 0
        while setting.tally["deliveries"] < deliveries and not setting.witness.differences:
            self._step()
            if setting.tally["deliveries"] != told:
                told = setting.tally["deliveries"]
                tell(told)
        self._weather.clear_up()
        setting.queue.be_exact()
        setting.is_calm = True
        last = setting.step + _NEVER_ENDS
        while not self._is_quiet() and not setting.witness.differences:
            self._step()
            if setting.step > last:
                setting.witness.differs(f"{len(setting.queue)} messages come back for ever")

    def close(self) -> None:
        for strand in self.strands:
            strand.close()

    def _is_quiet(self) -> bool:
        """Whether nobody does anything, nor has anything left to do."""
        return not (
            len(self._setting.queue)
            or any(strand.call for strand in self.strands)
            or any(actor.has_more for actor in self._actors)
        )

    def _step(self) -> None:
        setting = self._setting
        if setting.step % _CHANGE_OF_PACE == 0:
            self._paces = setting.dice.choices(PACES, k=len(self._actors))
        if setting.step % _VANDALISM == 0:
            self._vandal.act()
        setting.step += 1
        self._present.pass_by(_TICK)
        (who,) = setting.dice.choices(range(len(self._actors)), self._paces)
        strand = self.strands[who]
        if strand.call is not None:
            strand.go_on(self._weather.strike(strand.call))
        elif (work := self._actors[who].next_work()) is not None:
            strand.begin(work)
        if (ended := strand.take_end()) is not None:
            self._actors[who].ended(ended)
            if not ended.is_crash:
                self._weather.learn(ended.calls)


def play(seed: str, climate: Climate | None = None, *, tell: Callable[[int], None] = lambda _: None) -> Report:
    """A round in a climate drawn by chance, if none is given; `tell` gets the number of deliveries so far."""
    dice = random.Random(seed)  # noqa: S311 - the same in each run
    tally = Tally()
    with ExitStack() as stack:
        climate = climate or Climate.drawn(dice)
        stack.enter_context(climate.prevailing())
        present = stack.enter_context(governed(dice))
        world = stack.enter_context(fresh_world())
        stack.enter_context(brisk())
        witness = Witness(tally, lambda: setting.step)
        setting = Setting(
            world=world,
            tenant=world.tenant(test=False),
            dice=dice,
            tally=tally,
            oracle=Oracle(),
            witness=witness,
            queue=SignalQueue(dice),
        )
        furnish(setting, customers=climate.customers, moving=climate.moving)
        network = Network(witness, setting.send)
        weather = Weather(dice, tally, faults_per_work=climate.faults)
        the_round = Round(setting, present, weather, largest_bulk=climate.largest_bulk)
        stack.callback(the_round.close)
        with network.between(the_round.strands, world.clients), with_pages_of(climate.page):
            the_round.play(climate.deliveries, tell)
        if not witness.differences:
            witness.differences += differences(setting)
        tally.add("AWS calls", network.calls)
        return Report(climate, tally, witness.differences, network.trace)
