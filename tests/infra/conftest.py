"""One synth for all infra tests: the first of a process takes seconds, and reading it takes none."""

import contextlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.layers import LAYERS
from tests.infra.assembly import Assembly

if TYPE_CHECKING:
    from aws_cdk import App

NO_NODE = "no `node` on PATH: the CDK cannot synthesise, so NOTHING in tests/infra was checked"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_NODE in str(report.longrepr) for report in skipped):
        terminalreporter.section("infra tests skipped", red=True, bold=True)
        terminalreporter.line(NO_NODE)


@pytest.fixture(scope="session")
def empty_layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layers with one file each: what wheels they hold is no concern of a template, and needs a network."""
    folder = tmp_path_factory.mktemp("layers")
    for name in LAYERS:
        (folder / name / "python").mkdir(parents=True)
        (folder / name / "python" / f"{name}.txt").write_text("in place of wheels")
    return folder


@pytest.fixture(scope="session", autouse=True)
def node() -> None:
    """Before anything here imports `aws_cdk`, which starts a Node process on import."""
    if shutil.which("node") is None:
        pytest.skip(NO_NODE)


@pytest.fixture(scope="session")
def assembly(empty_layers: Path, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Production, with cdk-nag watching."""
    return synthesise("prod", layers=empty_layers, into=tmp_path_factory.mktemp("prod"))


@pytest.fixture(scope="session")
def local_assembly(empty_layers: Path, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise("local", layers=empty_layers, into=tmp_path_factory.mktemp("local"))


def synthesise(stage: str, *, layers: Path, into: Path) -> Assembly:
    from aws_cdk import App, Validations  # noqa: PLC0415 - needs Node: see `node`
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - needs Node

    from infra.deployment import add_stacks  # noqa: PLC0415 - needs Node

    app = App(outdir=str(into), context={"stage": stage, "layers": str(layers)})
    add_stacks(app)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    # A finding makes synth raise, after it has written everything; one test reports the findings.
    with contextlib.suppress(RuntimeError):
        app.synth()
    report = _read(into / "validation-report.json")
    return Assembly(
        folder=into,
        data=_read(into / f"owed-{stage}-data.template.json"),
        service=_read(into / f"owed-{stage}-service.template.json"),
        findings=[found for plugin in report["pluginReports"] for found in plugin["violations"]],
        acknowledged=_acknowledged(app),
    )


def _acknowledged(app: "App") -> dict[str, str]:
    from aws_cdk import Validations  # noqa: PLC0415 - needs Node

    reasons: dict[str, str] = {}
    for construct in app.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                reasons |= entry.data
    return reasons


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
