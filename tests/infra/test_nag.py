"""cdk-nag's AwsSolutions pack finds nothing that is not explained."""

from pathlib import Path

import pytest

from tests.infra.assembly import Assembly

pytestmark = pytest.mark.infra


def test_nothing_is_found(assembly: Assembly) -> None:
    found = [
        (each["ruleName"], [at["constructPath"] for at in each["violatingConstructs"]]) for each in assembly.findings
    ]

    assert found == []


def test_every_exception_gives_its_reason_in_one_sentence(assembly: Assembly) -> None:
    assert assembly.acknowledged
    for rule, reason in assembly.acknowledged.items():
        assert reason.endswith("."), rule
        assert ". " not in reason, rule
        assert len(reason) > 40, rule


def test_a_fault_would_be_found(tmp_path: Path) -> None:
    from aws_cdk import App, Stack, Validations, aws_sqs  # noqa: PLC0415 - needs Node
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - needs Node

    app = App(outdir=str(tmp_path))
    aws_sqs.Queue(Stack(app, "Faulty"), "WithoutDeadLetters")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    with pytest.raises(RuntimeError, match="AwsSolutions-SQS3"):
        app.synth()
