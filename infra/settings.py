"""How deployments differ: one frozen value per stage, chosen by CDK context (`-c stage=dev`)."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk.aws_logs import RetentionDays
from constructs import Node

from infra.layers import BUILT


class UnknownStage(Exception):
    def __init__(self, name: str) -> None:
        known = ", ".join(STAGES)
        super().__init__(f"stage {name!r} is not known; expected one of: {known}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A difference between two deployments is a field here, never an `if` on the name.

    What holds money (tables, documents, queued signals) is retained in every stage; `protected` adds that AWS refuses
    to delete it at all. `emulated` is for ministack: the command line's own credentials deploy instead of the
    bootstrap roles (it can then enforce IAM), and routes are spelt out that the real gateway matches by itself.
    It speaks plain HTTP, which is why `demands_tls` is a field: elsewhere every policy refuses that.
    """

    name: str
    protected: bool = True
    emulated: bool = False
    demands_tls: bool = True
    log_retention: RetentionDays = RetentionDays.THREE_MONTHS
    log_level: str = "INFO"


STAGES = {
    stage.name: stage
    for stage in (
        Stage("prod"),
        Stage("dev", protected=False, log_retention=RetentionDays.TWO_WEEKS, log_level="DEBUG"),
        Stage("local", protected=False, emulated=True, demands_tls=False, log_retention=RetentionDays.ONE_DAY),
    )
}


def stage_from(context: Node) -> Stage:
    """The stage the context names; production when it names none."""
    name = str(context.try_get_context("stage") or "prod")
    if name not in STAGES:
        raise UnknownStage(name)
    return STAGES[name]


def layers_from(context: Node) -> Path:
    """The folder of built layers: a context value, so that tests need no network to fill it."""
    return Path(context.try_get_context("layers") or BUILT)
