"""Races without threads: somebody else acts whole between any two AWS calls of whoever is watched."""

from collections.abc import Callable, Iterator

from tests.exactly_once.environment import Environment
from tests.exactly_once.scene import Scene
from tests.faults import meanwhile, watched
from tests.memory import saved

Act = Callable[[Environment], object]
"""What one execution environment does."""


def at_each_call(scene: Scene, first: Act, second: Act) -> Iterator[tuple[int, str]]:
    """Runs `first`, with `second` right before its call 0, 1, 2, ..., from the same beginning; yields after each."""
    put_back = saved()
    with watched(scene.world.clients) as watch:
        first(scene.environment())
    for position, operation in enumerate(watch.calls):
        put_back()
        with watched(scene.world.clients, meanwhile(lambda: second(scene.environment())), at=position):
            first(scene.environment())
        yield position, operation
