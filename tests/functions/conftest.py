from collections.abc import Callable, Iterator

import pytest

from tests.memory import saved
from tests.world import World, fresh_world


@pytest.fixture(scope="package")
def shared_world() -> Iterator[World]:
    with fresh_world() as made:
        yield made


@pytest.fixture
def world(empty_world: World) -> World:
    return empty_world


@pytest.fixture(scope="package")
def emptied(shared_world: World) -> Callable[[], None]:
    del shared_world
    return saved()


@pytest.fixture
def empty_world(shared_world: World, emptied: Callable[[], None]) -> World:
    """As good as a fresh one in a fortieth of the time.

    Tables that only grow would be slow: moto copies them whole for every write of a transaction.
    """
    emptied()
    return shared_world
