"""The bodies of our own queue messages, parsed again on arrival: code changes, messages in flight do not."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """`schema` is the version of the shape; code understands every version that may still be in a queue."""

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = Field(alias="schema")
    organization: str


class BillOrderMessage(Message):
    """Bill this order up to the day."""

    order: str
    as_of: date


class DocumentMessage(Message):
    """Set the documents of this invoice."""

    invoice: str
