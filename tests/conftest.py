"""A whole Owed in one process: moto for AWS, the real handlers, adapters and wiring."""

import os
from collections.abc import Iterator

import pytest

from local.environment import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # noqa: TID251 - moto reads it when it is imported, and ARNs name it

from tests.world import World, fresh_world


@pytest.fixture
def world() -> Iterator[World]:
    with fresh_world() as made:
        yield made
