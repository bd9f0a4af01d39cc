"""The CDK app: two stacks for the stage named in the context (`npx cdk synth -c stage=dev`)."""

import sys

from aws_cdk import App

from infra.constructs.wheel_layers import LayersNotBuilt
from infra.deployment import add_stacks
from infra.settings import IncompleteRestore, UnknownLogLevel, UnknownStage


def main() -> None:
    app = App()
    try:
        add_stacks(app)
    except (IncompleteRestore, LayersNotBuilt, UnknownLogLevel, UnknownStage) as mistake:
        sys.exit(str(mistake))
    app.synth()


if __name__ == "__main__":
    main()
