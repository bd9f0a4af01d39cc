"""What all operations of the administrator have in common."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from functions.billing.models.audit import Allowance
from functions.runtime.wire import Json, Wire

PART_MS = 60_000
"""How long nothing is heard of what is answered in parts. What is begun may take the whole time of the call."""

ANSWERING_MS = 30_000
"""What must be left of a call's time to answer it."""


class Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Context(Protocol):
    """What of Lambda's context is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def allowance(context: Context) -> Allowance:
    """For one part of a long operation."""
    time_left = context.get_remaining_time_in_millis
    end_of_part = max(time_left() - PART_MS, ANSWERING_MS)
    return Allowance(may_begin=lambda: time_left() > end_of_part, may_go_on=lambda: time_left() > ANSWERING_MS)


def json_of(shape: Wire) -> Json:
    """As it is answered."""
    return shape.model_dump(mode="json", by_alias=True)
