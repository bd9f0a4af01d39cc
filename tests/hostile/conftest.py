"""Two businesses in one world, which the tests of a file share: a request that is refused changes nothing in it."""

from collections.abc import Iterator

import pytest

from tests.functions.business import Two, two_businesses
from tests.hostile.front_door import Caller
from tests.world import fresh_world


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with fresh_world() as world:
        yield two_businesses(world)


@pytest.fixture(scope="module")
def caller(two: Two) -> Caller:
    return Caller(f"Bearer {two.ours.secret}")
