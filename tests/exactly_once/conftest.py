"""One world for all, because a fresh one takes half a second; every test begins with the same, empty tables."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests.exactly_once.scene import Scene
from tests.memory import saved
from tests.world import World, fresh_world

CLOCK = date(2025, 6, 15)


@pytest.fixture(scope="package", autouse=True)
def empty_queues_are_known_at_once() -> Iterator[None]:
    """SQS asks some of its servers unless it is told to wait for all; moto is one, and would sleep."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("functions.adapters.dead_letters._WAIT_SECONDS", 0)
        yield


@pytest.fixture(scope="package")
def shared_world() -> Iterator[World]:
    with fresh_world() as made:
        yield made


@pytest.fixture
def scene(shared_world: World) -> Iterator[Scene]:
    put_back = saved()
    made = Scene(shared_world, shared_world.tenant(clock=CLOCK))
    made.begin()
    yield made
    put_back()
