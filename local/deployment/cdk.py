"""The CDK's command line on the real app, in the stage that is for the emulator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from infra.layers import BUILT_HERE
from local.deployment.commands import Commands
from local.deployment.errors import StepFailedError
from local.deployment.tools import CDK

STAGE = "local"
DATA = f"owed-{STAGE}-data"
SERVICE = f"owed-{STAGE}-service"

SYNTH_SECONDS = 180
DEPLOY_SECONDS = 180
DIFF_SECONDS = 90
NO_DIFFERENCES = "Number of stacks with differences: 0"


@dataclass(frozen=True, slots=True)
class App:
    """A synthesised app: every further command reads this folder, so that each state is synthesised once."""

    folder: Path


class Cdk:
    def __init__(self, commands: Commands, folder: Path) -> None:
        self._commands = commands
        self._folder = folder

    def synthesise(self, name: str, context: Mapping[str, str] = MappingProxyType({})) -> App:
        folder = self._folder / name
        given = {"stage": STAGE, "layers": str(BUILT_HERE)} | dict(context)
        options = [part for key, value in given.items() for part in ("-c", f"{key}={value}")]
        self._commands.succeed(str(CDK), "synth", "--quiet", "-o", str(folder), *options, seconds=SYNTH_SECONDS)
        return App(folder)

    def bootstrap(self, app: App) -> None:
        self._commands.succeed(str(CDK), "bootstrap", "--app", str(app.folder), seconds=DEPLOY_SECONDS)

    def deploy(self, app: App) -> Mapping[str, str]:
        """The outputs of the service."""
        outputs = self._folder / "outputs.json"
        options = ("--all", "--require-approval", "never", "--outputs-file", str(outputs))
        self._commands.succeed(str(CDK), "deploy", "--app", str(app.folder), *options, seconds=DEPLOY_SECONDS)
        found: dict[str, dict[str, str]] = json.loads(outputs.read_text(encoding="utf-8"))
        return found[SERVICE]

    def differs(self, app: App) -> bool:
        """Whether deploying the app would change anything."""
        finished = self._commands.run(str(CDK), "diff", "--app", str(app.folder), "--fail", seconds=DIFF_SECONDS)
        # Its status is 1 for differences and for its own mistakes alike, and only one of the two tells a number.
        if "Number of stacks with differences:" not in finished.output:
            raise StepFailedError(f"cdk diff failed. Its last lines:\n{finished.tail}")
        differs = NO_DIFFERENCES not in finished.output
        if differs != (finished.status != 0):
            raise StepFailedError(f"cdk diff contradicts its own status {finished.status}:\n{finished.tail}")
        return differs

    def destroy(self, app: App, stack: str) -> None:
        self._commands.succeed(
            str(CDK), "destroy", "--app", str(app.folder), "--force", "--exclusively", stack, seconds=DEPLOY_SECONDS
        )
