"""What all operations of the administrator have in common."""

from pydantic import BaseModel, ConfigDict


class Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
