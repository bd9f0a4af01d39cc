"""Layers of third-party wheels; our own code is never in one."""

from collections.abc import Iterable
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.billing_function import ARCHITECTURE, RUNTIME
from infra.constructs.pascal_case import pascal_case


class LayersNotBuilt(Exception):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is missing: run `make layers` once before synthesising")


class WheelLayers(Construct):
    """Takes what `infra.layers` built before synth, so that synth needs neither Docker nor a network."""

    def __init__(self, scope: Construct, construct_id: str, *, names: Iterable[str], folder: Path) -> None:
        super().__init__(scope, construct_id)
        self.by_name = {name: self._layer(name, folder / name) for name in names}

    def _layer(self, name: str, folder: Path) -> lambda_.LayerVersion:
        if not (folder / "python").is_dir():
            raise LayersNotBuilt(folder / "python")
        return lambda_.LayerVersion(
            self,
            pascal_case(name),
            code=lambda_.Code.from_asset(str(folder)),
            compatible_architectures=[ARCHITECTURE],
            compatible_runtimes=[RUNTIME],
        )
