"""What a person sees who deploys too early or misspells a stage."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.infra


def test_synth_without_layers_says_how_to_build_them(tmp_path: Path) -> None:
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.constructs.wheel_layers import LayersNotBuilt  # noqa: PLC0415 - needs Node
    from infra.deployment import add_stacks  # noqa: PLC0415 - needs Node

    app = App(context={"layers": str(tmp_path / "nowhere")})

    with pytest.raises(LayersNotBuilt, match=r"nowhere/runtime/python is missing: run `make layers` once"):
        add_stacks(app)


def test_an_unknown_stage_names_the_known_ones() -> None:
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.settings import UnknownStage, stage_from  # noqa: PLC0415 - needs Node

    with pytest.raises(UnknownStage, match="stage 'production' is not known; expected one of: prod, dev, local"):
        stage_from(App(context={"stage": "production"}).node)


def test_an_unknown_log_level_names_the_known_ones() -> None:
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.settings import UnknownLogLevel, stage_from  # noqa: PLC0415 - needs Node

    with pytest.raises(UnknownLogLevel, match=r"log_level 'LOUD' is not known; expected one of: INFO, DEBUG, WARN"):
        stage_from(App(context={"log_level": "LOUD"}).node)


def test_a_log_level_of_the_context_replaces_the_stages_own() -> None:
    from aws_cdk import App  # noqa: PLC0415 - needs Node

    from infra.settings import stage_from  # noqa: PLC0415 - needs Node

    assert stage_from(App(context={"log_level": "ERROR"}).node).log_level == "ERROR"
    assert stage_from(App().node).log_level == "INFO"
