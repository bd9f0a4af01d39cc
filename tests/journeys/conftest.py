from collections.abc import Iterator

import pytest

from tests.journeys.contract_scene import Scene, set_scene
from tests.journeys.contract_systems import System, handlers_on_moto, owed_up
from tests.journeys.node_client import NO_NODE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_NODE in str(report.longrepr) for report in skipped):
        terminalreporter.section("tests of the Node client skipped", red=True, bold=True)
        terminalreporter.line(NO_NODE)


@pytest.fixture(scope="session")
def local_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Started once: its organizations keep the tests apart."""
    with owed_up(tmp_path_factory.mktemp("owed")) as system:
        yield system


@pytest.fixture(scope="module", params=["moto", pytest.param("local", marks=pytest.mark.local)])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    if request.param == "local":
        yield request.getfixturevalue("local_system")
        return
    with handlers_on_moto() as handlers:
        yield handlers


@pytest.fixture(scope="module")
def scene(system: System) -> Scene:
    return set_scene(system.customer())
