"""A whole Owed in one process: moto for AWS, the real handlers, adapters and wiring."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

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

whole_run = permissions.WholeRun()
unused_grants: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
    whole_run.files_left_out = {*Path(__file__).parent.rglob("test_*.py")} - {item.path for item in items}


def pytest_deselected(items: list[pytest.Item]) -> None:
    whole_run.tests_left_out += sum(not ELSEWHERE & {mark.name for mark in item.iter_markers()} for item in items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Of a run in several processes, what each of them has left over."""
    whole_run.of_processes.append(getattr(node, "workeroutput", {}).get("left_over"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A whole run fails, when all its tests pass, for a grant that none of them used."""
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["left_over"] = whole_run.left_over()
    elif session.exitstatus == pytest.ExitCode.OK and not session.config.option.collectonly:
        unused_grants.extend(whole_run.unused())
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if unused_grants else pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for grant in unused_grants:
        terminalreporter.write_line(f"FAILED: no test uses what infra/grants.py grants {grant}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """A test fails that has put a secret into a log."""
    yield
    logs.check()


@pytest.fixture
def world() -> Iterator[World]:
    with fresh_world() as made:
        yield made
