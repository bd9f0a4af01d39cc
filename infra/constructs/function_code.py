"""Our own code as one asset of all functions: a copy of `functions/`, with its bytecode."""

import shutil
from pathlib import Path

import jsii
from aws_cdk import Annotations, BundlingOptions, BundlingOutput, DockerImage, IgnoreMode, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import bytecode
from infra.layers import PROJECT

BYTECODE = "__pycache__"


@jsii.implements(ILocalBundling)
class _Copy:
    """What the CDK calls in place of Docker, once for each state of the sources."""

    def __init__(self, python: bytecode.Version) -> None:
        self._python = python

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """By jsii's types the options come by name, and they come by place."""
        copy = Path(output_dir) / "functions"
        shutil.copytree(PROJECT / "functions", copy, ignore=shutil.ignore_patterns(BYTECODE))
        bytecode.compile_beside(copy, self._python)
        return True


def function_code(scope: Construct, *, python: bytecode.Version) -> lambda_.Code:
    """For that Python; a warning at `scope` says it where no interpreter is here that could write its bytecode."""
    compiled_by = bytecode.interpreter(python)
    if compiled_by is None:
        Annotations.of(scope).add_warning_v2("owed:no-bytecode", bytecode.MISSING.format(*python))
    return lambda_.Code.from_asset(
        str(PROJECT / "functions"),
        exclude=[f"**/{BYTECODE}"],
        ignore_mode=IgnoreMode.GIT,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("none is used"),
            local=_Copy(python),
            output_type=BundlingOutput.NOT_ARCHIVED,
            # What is here is part of the asset's name: with another bytecode it is another asset.
            environment={"BYTECODE": "none" if compiled_by is None else "{}.{}".format(*python)},
        ),
    )
