"""How deployments differ: one frozen value per stage, chosen by CDK context (`-c stage=dev`)."""

from dataclasses import dataclass, replace
from pathlib import Path

from aws_cdk.aws_lambda import ApplicationLogLevel
from aws_cdk.aws_logs import RetentionDays
from constructs import Node

from infra.layers import BUILT


class UnknownStage(Exception):
    def __init__(self, name: str) -> None:
        known = ", ".join(STAGES)
        super().__init__(f"stage {name!r} is not known; expected one of: {known}")


class UnknownLogLevel(Exception):
    def __init__(self, name: str) -> None:
        known = ", ".join(level.name for level in ApplicationLogLevel)
        super().__init__(f"log_level {name!r} is not known; expected one of: {known}")


class IncompleteRestore(Exception):
    def __init__(self, missing: str) -> None:
        super().__init__(
            f"{missing} is missing; expected records_table, records_stream and signals_table together: the tables are "
            "restored to the same instant, and the stream of the records is switched on anew"
        )


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
    """The stage the context names, production when it names none; `log_level` lets a deployment tell more or less."""
    name = str(context.try_get_context("stage") or "prod")
    if name not in STAGES:
        raise UnknownStage(name)
    stage = STAGES[name]
    log_level = str(context.try_get_context("log_level") or stage.log_level)
    if log_level not in ApplicationLogLevel.__members__:
        raise UnknownLogLevel(log_level)
    return replace(stage, log_level=log_level)


@dataclass(frozen=True, slots=True)
class RestoredTables:
    """The names of tables that take the place of the stack's own, and the ARN of the stream of the first."""

    records_table: str
    records_stream: str
    signals_table: str


def restored_from(context: Node) -> RestoredTables | None:
    """After a restore (docs/operations.md); None while the stack's own tables are in use. Raises IncompleteRestore."""
    names = ("records_table", "records_stream", "signals_table")
    given = {name: str(value) for name in names if (value := context.try_get_context(name))}
    if not given:
        return None
    if missing := [name for name in names if name not in given]:
        raise IncompleteRestore(missing[0])
    return RestoredTables(**given)


def layers_from(context: Node) -> Path:
    """The folder of built layers: a context value, so that tests need no network to fill it."""
    return Path(context.try_get_context("layers") or BUILT)
