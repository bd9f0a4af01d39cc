"""A whole Owed in one process: moto for AWS, the real handlers, adapters and wiring."""

import os
from collections.abc import Iterator

import pytest

from local.environment import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # noqa: TID251 - moto reads it when it is imported, and ARNs name it

from tests.world import World, fresh_world

SLOW = ("tests/exactly_once/", "tests/journeys/", "tests/contracts/", "tests/functions/test_tenancy")
"""What `make check` leaves out: what takes minutes, and stays right while the core is worked on."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def world() -> Iterator[World]:
    with fresh_world() as made:
        yield made
