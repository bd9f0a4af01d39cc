"""A whole Owed in one process: moto for AWS, the real handlers, adapters and wiring."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from local.environment import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # noqa: TID251 - moto reads it when it is imported, and ARNs name it

from tests import logs, permissions
from tests.world import World, fresh_world

permissions.enforce()
logs.enforce()

SLOW = ("tests/exactly_once/", "tests/journeys/", "tests/contracts/", "tests/functions/test_tenancy", "tests/hostile/")
"""What `make check` leaves out: what takes minutes, and stays right while the core is worked on."""


ELSEWHERE = {"deployed", "infra", "local"}
"""Marks of tests that invoke no function in this process."""

LAST = "test_every_grant_is_used"

_collected: set[Path] = set()
_left_out: list[pytest.Item] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        _collected.add(item.path)
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.name == LAST)


def pytest_deselected(items: list[pytest.Item]) -> None:
    _left_out.extend(item for item in items if not ELSEWHERE & {mark.name for mark in item.iter_markers()})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """A test fails that has put a secret into a log."""
    yield
    logs.check()


@pytest.fixture
def whole_run(request: pytest.FixtureRequest) -> None:
    """Skips what can be told only when every test has run, and none has failed."""
    missing = set(Path(__file__).parent.rglob("test_*.py")) - _collected
    if missing or _left_out or request.session.testsfailed:
        pytest.skip(f"only a part of the tests ran: {len(missing)} files and {len(_left_out)} tests are left out")


@pytest.fixture
def world() -> Iterator[World]:
    with fresh_world() as made:
        yield made
