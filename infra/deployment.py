"""The two stacks of one stage, as the app's context asks for them."""

from dataclasses import dataclass

from aws_cdk import App, CliCredentialsStackSynthesizer

from infra.data_stack import DataStack
from infra.service_stack import ServiceStack
from infra.settings import layers_from, restored_from, stage_from


@dataclass(frozen=True, slots=True)
class Deployment:
    data: DataStack
    service: ServiceStack


def add_stacks(app: App) -> Deployment:
    # Exports and imports: CloudFormation then refuses to take from the data stack what the service still uses.
    app.node.set_context("@aws-cdk/core:defaultCrossStackReferences", "strong")
    stage = stage_from(app.node)

    def synthesizer() -> CliCredentialsStackSynthesizer | None:
        return CliCredentialsStackSynthesizer() if stage.emulated else None

    data = DataStack(
        app,
        f"owed-{stage.name}-data",
        stage=stage,
        restored=restored_from(app.node),
        synthesizer=synthesizer(),
    )
    service = ServiceStack(
        app,
        f"owed-{stage.name}-service",
        stage=stage,
        data=data,
        layers=layers_from(app.node),
        synthesizer=synthesizer(),
    )
    return Deployment(data=data, service=service)
